package io.penstock.control;

/** Something that is kept like a table that other servers, or commands, change, too. */
public interface Followed {

  /** The table, named as its row in {@code revisions}. */
  String table();

  /** Whether it shows the table as it is at a revision. */
  boolean isAt(long revision);

  /** Looks at the table again when somebody else changed it; whether that was so. */
  boolean refresh();
}
