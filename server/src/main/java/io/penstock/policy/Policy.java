package io.penstock.policy;

import io.penstock.exchange.HostName;
import io.penstock.exchange.Verdict;
import java.util.List;

/**
 * The rules, the first that matches first. Immutable, for any number of threads; decides without
 * looking anything up.
 *
 * @param rules in the order in which they are asked
 * @param unlisted what is done with hosts that no rule is about: {@link Verdict#TUNNEL} or {@link
 *     Verdict#BLOCK}
 */
public record Policy(List<Rule> rules, Verdict unlisted) {

  static final String UNLISTED = "unlisted";
  static final String BESIDE = "beside";

  public Policy {
    rules = List.copyOf(rules);
  }

  /**
   * What is done with a connection to a host, before anything of it is read: {@link Verdict#TUNNEL}
   * and {@link Verdict#BLOCK} are final, {@link Verdict#OBSERVE} means that its requests are looked
   * at, each of which has a decision of its own.
   *
   * @param host as {@link HostName} writes it
   */
  public Decision connection(String host) {
    for (var rule : rules) {
      if (rule.isAbout(host)) {
        boolean isFinal =
            rule.isAboutEveryRequest()
                && (rule.verdict() == Verdict.TUNNEL || rule.verdict() == Verdict.BLOCK);
        return isFinal ? decided(rule) : new Decision(Verdict.OBSERVE, rule.name(), rule.product());
      }
    }
    return new Decision(unlisted, UNLISTED, null);
  }

  /**
   * What is done with a request that can be read. Beside the paths of the rules about its host a
   * request is forwarded unchanged: a mock of telemetry must not swallow a download.
   *
   * @param host as {@link HostName} writes it
   * @param path as the client sent it
   */
  public Decision request(String host, String method, String path) {
    boolean isListed = false;
    for (var rule : rules) {
      if (rule.isAbout(host)) {
        isListed = true;
        if (rule.isAbout(method, path)) {
          return decided(rule);
        }
      }
    }
    return isListed
        ? new Decision(Verdict.OBSERVE, BESIDE, null)
        : new Decision(unlisted == Verdict.BLOCK ? Verdict.BLOCK : Verdict.OBSERVE, UNLISTED, null);
  }

  private static Decision decided(Rule rule) {
    return new Decision(rule.verdict(), rule.name(), rule.product());
  }
}
