package io.penstock.command;

import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * How fast to send.
 *
 * @param perSecond datagrams a second; infinite for as fast as it goes
 */
record Rate(double perSecond) {

  private static final Pattern TEXT = Pattern.compile("(\\d+(?:\\.\\d+)?)(?:/s)?");

  static Rate parse(String text) {
    if (text.equals("max")) {
      return new Rate(Double.POSITIVE_INFINITY);
    }
    var match = TEXT.matcher(text);
    double perSecond = match.matches() ? Double.parseDouble(match.group(1)) : 0;
    if (perSecond <= 0) {
      throw new TypeConversionException(
          "'" + text + "' is no rate: write 1000/s or 1000 for datagrams a second, or max");
    }
    return new Rate(perSecond);
  }
}
