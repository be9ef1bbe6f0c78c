package io.penstock.demo;

import java.util.Locale;

/** What goes wrong in the demo's day. */
public enum Scene {
  /** Somebody outside tries the ports of the public server. */
  PORT_SCAN,
  /** Somebody outside guesses passwords of the jump host. */
  SSH_BRUTE_FORCE,
  /** A workstation sends 12 GB to a rented machine, at night. */
  EXFILTRATION,
  /** A workstation reports to an address once a minute, all day. */
  BEACON,
  /** A workstation talks to an address that a list of indicators names. */
  THREAT_HIT,
  /** Records that the demo's Splunk refuses. */
  STRANGE_RECORD;

  /** As events have it in {@code demo_scene}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
