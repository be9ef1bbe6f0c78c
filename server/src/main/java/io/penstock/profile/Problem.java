package io.penstock.profile;

/** A mistake in a file or a setting, and where it stands. */
public record Problem(String file, int line, int column, String what) {

  @Override
  public String toString() {
    return file + ":" + line + ":" + column + ": " + what;
  }
}
