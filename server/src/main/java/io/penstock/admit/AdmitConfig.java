package io.penstock.admit;

import io.penstock.config.Environment;
import io.penstock.control.Flag;
import java.util.EnumMap;
import java.util.Map;

/**
 * What an operator sets of admission before the server starts.
 *
 * @param flags the flags that the environment sets
 * @param unknownExporters what becomes of exporters that are no source
 * @param firewallSync when the kernel's allow-list follows the sources
 */
public record AdmitConfig(
    Map<Flag, Boolean> flags, UnknownExporters unknownExporters, FirewallSync firewallSync) {

  public AdmitConfig {
    flags = Map.copyOf(flags);
  }

  /** When the kernel's allow-list follows the sources. */
  public enum FirewallSync {
    /** When it is asked to. */
    OFF,
    /** By itself, soon after each change. */
    AUTO
  }

  public static AdmitConfig from(Environment env) {
    var flags = new EnumMap<Flag, Boolean>(Flag.class);
    for (var flag : Flag.values()) {
      if (env.text(flag.name()).isPresent()) {
        flags.put(flag, env.flag(flag.standard(), flag.name()));
      }
    }
    if (!env.list("TRUSTED_PROXIES").isEmpty()) {
      // Who names proxies means them; the flag turns them off while the server runs.
      flags.putIfAbsent(Flag.HTTP_TRUST_XFF, true);
    }
    return new AdmitConfig(
        flags,
        env.choice(UnknownExporters.DROP, "UNKNOWN_EXPORTERS"),
        env.choice(FirewallSync.OFF, "FIREWALL_SYNC"));
  }
}
