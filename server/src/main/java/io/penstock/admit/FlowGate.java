package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.control.Tenant;
import io.penstock.event.Ip;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the datagrams and stream messages of one worker are let in: says whose they are, and
 * whether they may pass. For that worker's thread alone; it remembers the last exporter, because
 * datagrams of one come together.
 */
public final class FlowGate {

  private final Admission admission;
  private Admission.State state;
  private @Nullable InetAddress address;
  private @Nullable Member member;

  FlowGate(Admission admission) {
    this.admission = admission;
    this.state = admission.state();
  }

  /** Turns to an exporter; whether what it sends may be decoded. Counts what may not. */
  @SuppressWarnings("ReferenceEquality") // states are compared, not what is in them
  public Verdict turnTo(InetAddress exporter) {
    try {
      var now = admission.state();
      if (now != state || !exporter.equals(address)) {
        state = now;
        address = exporter;
        member = now.table().exporter(Ip.of(exporter));
      }
      return now.rules().flows() ? measured(now.rules()) : Verdict.ALLOWED;
    } catch (RuntimeException e) {
      admission.failed(e);
      return state.rules().failOpen() ? Verdict.ALLOWED : Verdict.ADMISSION_ERROR;
    }
  }

  private Verdict measured(Admission.Rules rules) {
    var known = member;
    if (known == null) {
      return admission.unknownExporters() == UnknownExporters.ALLOW
          ? Verdict.ALLOWED
          : refused(rules, null, Verdict.IP_NOT_ALLOWED);
    }
    return known.source().isEnabled() ? Verdict.ALLOWED : refused(rules, known, Verdict.DISABLED);
  }

  private Verdict refused(Admission.Rules rules, @Nullable Member known, Verdict verdict) {
    var key = known == null ? AdmissionMetrics.UNKNOWN : known.source().key();
    admission.blocked(rules, key, verdict);
    if (rules.logOnly()) {
      return Verdict.ALLOWED;
    }
    if (known != null) {
      known.activity().refused(admission.clock().instant(), Source.Type.UDP, 1);
    }
    return verdict;
  }

  /** A message of a stream was refused. */
  public void refusedMessage(Verdict reason) {
    admission.metrics().refusedMessage(reason);
  }

  /** Whose events these are. */
  public String tenant() {
    return member == null ? Tenant.DEFAULT : member.source().tenant();
  }

  /** The source that the exporter is; null when it is none. */
  public @Nullable String sourceId() {
    return member == null ? null : member.source().id();
  }

  /** Whether {@link #pass} is to be asked for this exporter's events. */
  public boolean isLimited() {
    return member != null && member.isLimited() && state.rules().flows();
  }

  /**
   * How many of an exporter's events may pass. It is asked after decoding: a message that is not
   * decoded would take its templates with it, and all data that need them.
   */
  public int pass(int events) {
    var known = member;
    if (known == null || events == 0) {
      return events;
    }
    int rate = known.source().maxEps();
    int passed = known.activity().bucket().takeUpTo(events, rate, System.nanoTime());
    if (passed == events) {
      return events;
    }
    var rules = state.rules();
    admission.blocked(rules, known.source().key(), Verdict.RATE_LIMIT);
    if (rules.logOnly()) {
      return events;
    }
    int refused = events - passed;
    admission.metrics().refusedEvents(known.source().tenant(), refused);
    known.activity().refused(admission.clock().instant(), Source.Type.UDP, refused);
    return passed;
  }
}
