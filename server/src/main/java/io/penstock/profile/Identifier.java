package io.penstock.profile;

/** Whom or what a field tells apart from all others, for longer than one run. */
public enum Identifier {
  NONE,
  /** An installation, a machine, a cluster or a project. */
  INSTALLATION,
  /** A person, or an account of one. */
  PERSON,
  /** A licence, and whoever bought it. */
  LICENCE
}
