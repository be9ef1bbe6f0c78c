package io.penstock;

/** The command line's entry. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    System.out.println("penstock " + Main.class.getPackage().getImplementationVersion());
  }
}
