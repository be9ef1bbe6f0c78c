package io.penstock.config;

import java.util.List;

/**
 * Something that an operator can set.
 *
 * @param section the part of the reference page that has it
 * @param key where it stands in {@code penstock.yaml}: names of mappings, joined by dots
 * @param names environment variables: the documented one, then older names of the same thing
 * @param meaning what it does
 * @param standard what holds when it is not set, in words; empty when the reader's default says it
 * @param shown how much of its value may be shown; what is secret may also come from a file
 */
public record Setting(
    Section section, String key, List<String> names, String meaning, String standard, Shown shown) {

  /** The parts of the reference page; each heading there has the settings of one of them. */
  public enum Section {
    STORAGE("Folders and keys"),
    HTTP("HTTP"),
    ADMISSION("Sources and admission"),
    RECEIVING("Receiving and decoding"),
    LIMITS("What exporters can make us remember"),
    ENRICHING("Enriching"),
    SINKS("Sinks"),
    INTERCEPTION("Interception"),
    LOGS("Logs, audit and version");

    private final String heading;

    Section(String heading) {
      this.heading = heading;
    }

    public String heading() {
      return heading;
    }
  }

  /** How much of a value may be shown. */
  public enum Shown {
    ALL,
    /** An address whose password is left out. */
    WITHOUT_PASSWORD,
    NOTHING
  }

  public Setting {
    names = List.copyOf(names);
  }

  /** The same, when the default is not a value: made from the machine, or by another setting. */
  Setting otherwise(String words) {
    return new Setting(section, key, names, meaning, words, shown);
  }

  Setting asSecret() {
    return new Setting(section, key, names, meaning, standard, Shown.NOTHING);
  }

  Setting asAddressWithPassword() {
    return new Setting(section, key, names, meaning, standard, Shown.WITHOUT_PASSWORD);
  }

  /** Whether it may come from a file of its own. */
  public boolean isSecret() {
    return shown != Shown.ALL;
  }

  /** The documented variable. */
  public String name() {
    return names.getFirst();
  }
}
