package io.penstock.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import io.penstock.filter.Filter.Operator;
import io.penstock.filter.FilterParser.Parsed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FilterParserTest {

  @Test
  void readsWhatTheContractShows() {
    var filter = accept("src_ip in 10.0.0.0/8 and dst_port = 443 and risk_score >= 70");

    assertThat(filter)
        .isEqualTo(
            new Filter.And(
                List.of(
                    new Filter.In(
                        Field.SRC_IP,
                        List.of(new Operand.Addresses(Ip.v4(0x0a00_0000), Ip.v4(0x0aff_ffff)))),
                    new Filter.Compare(
                        Field.DST_PORT, Operator.EQUAL, new Operand.Numbers(443, 443)),
                    new Filter.Compare(
                        Field.RISK_SCORE,
                        Operator.GREATER_OR_EQUAL,
                        new Operand.Numbers(70, 70)))));
  }

  @Test
  void readsSymbolsForWords() {
    assertThat(accept("port = 1 || port = 2 && !threat"))
        .isEqualTo(accept("port == 1 or port = 2 and not threat = yes"));
  }

  @Test
  void notBindsStrongerThanAndAndAndStrongerThanOr() {
    assertThat(accept("not port = 1 and port = 2 or port = 3"))
        .isEqualTo(accept("((not (port = 1)) and (port = 2)) or (port = 3)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PROTO = 6 | proto = tcp",
        "protocol in (tcp, UDP) | proto in (tcp, udp)",
        "network.transport = icmp | proto = icmp",
        "source.ip = 10.0.0.1 | src_ip = 10.0.0.1",
        "dst_port = 80..90 | dst_port = 80..90",
        "bytes > 10M | bytes > 10000000",
        "tcp_flags = 0x12 | tcp_flags = 18",
        "src_country = de | src_country = \"DE\"",
        "as_org ~ 'Deutsche Telekom' | as_org ~ \"Deutsche Telekom\"",
        "as_org like x or threat | (as_org ~ \"x\" or threat = true)",
        "threat && !threat = false | (threat = true and not threat = false)",
        "port not in (1,2) | not port in (1, 2)",
        "exists(src_city) | exists src_city",
        "start >= 2026-11-22 | start >= 2026-11-22T00:00:00Z",
        "start > 2026-11-22 | start > 2026-11-22T23:59:59.999999999Z",
        "src_ip < 10.0.0.0/8 | src_ip < 10.0.0.0",
        "start < 2026-11-22T01:00:00+01:00 | start < 2026-11-22T00:00:00Z",
        "mac = 001B.213C.4D5E | mac = 00:1b:21:3c:4d:5e",
        "dst_ip in (2001:db8::/32, ::1) |"
            + " dst_ip in (2001:db8::..2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, ::1)",
      })
  void readsManySpellings(String text, String canonical) {
    assertThat(accept(text).toString()).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "src_prt = 1 | 0 | did you mean src_port?",
        "port = 1 and dst_por = 2 | 13 | did you mean dst_port?",
        "port = x | 7 | for example: 443, 0x1f, 10M",
        "src_ip = 10.0.0.300 | 9 | for example: 10.0.0.0/8 or 2001:db8::1",
        "src_ip in 10.0.0.0/33 | 19 |",
        "(port = 1 | 9 |",
        "port = 1 port = 2 | 9 | quote a value that has spaces or symbols",
        "port | 4 | one of = != < <= > >= in ~",
        "city = 'x | 7 |",
        "city < x | 5 | use = or != or ~",
        "port ~ 4 | 5 |",
        "port > 1..2 | 7 | use 'in' or =",
        "port = 9..2 | 7 |",
        "start > yesterday | 8 | like 2026-11-22, 2026-11-22T14:30:00Z or seconds since 1970",
        "port = 1 & port = 2 | 9 | write &&",
        "id = 12 | 5 |",
        "port = 99999999999999999999 | 7 | for example: 443, 0x1f, 10M",
        "start = 9999999999 | 8 | like 2026-11-22, 2026-11-22T14:30:00Z or seconds since 1970",
      })
  void saysWhereItWentWrongAndWhatToWrite(String text, int position, String hint) {
    assertThat(FilterParser.parse(text))
        .isInstanceOfSatisfying(
            Parsed.Rejected.class,
            rejected -> {
              assertThat(rejected.position()).isEqualTo(position);
              assertThat(rejected.hint()).isEqualTo(hint);
            });
  }

  @Test
  void boundsLengthAndDepth() {
    assertThat(FilterParser.parse("(".repeat(3000) + "port = 1"))
        .isInstanceOf(Parsed.Rejected.class);
    assertThat(FilterParser.parse("not ".repeat(900) + "port = 1"))
        .isInstanceOf(Parsed.Rejected.class);
    assertThat(FilterParser.parse("port = 1" + " ".repeat(4000)))
        .isInstanceOf(Parsed.Rejected.class);
    assertThat(FilterParser.parse("")).isInstanceOf(Parsed.Rejected.class);
  }

  @Test
  void whatIsPrintedIsReadBackTheSame() {
    var filters = new RandomFilters(42);
    for (int i = 0; i < 20_000; i++) {
      var filter = filters.next(3);
      var text = filter.toString();
      if (text.length() <= FilterParser.LENGTH_MAX) {
        assertThat(accept(text)).as(text).isEqualTo(filter);
      }
    }
  }

  @Test
  void noTextMakesItThrow() {
    var random = new Random(7);
    var pieces =
        "src_ip|ip|port|start|id|mac|threat|city|=|!=|<|in|(|)|,|'|\"|\\|..|/|10.0.0.0/8|::|1|0x|-1|not|and|or|exists|~|2026-11-22|\u0000|\ud800| "
            .split("\\|", -1);
    for (int i = 0; i < 50_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.append(pieces[random.nextInt(pieces.length)]).append(random.nextBoolean() ? " " : "");
      }
      assertThat(FilterParser.parse(text.toString())).isNotNull();
    }
  }

  private static Filter accept(String text) {
    var parsed = FilterParser.parse(text);
    assertThat(parsed).as(text).isInstanceOf(Parsed.Accepted.class);
    return ((Parsed.Accepted) parsed).filter();
  }
}
