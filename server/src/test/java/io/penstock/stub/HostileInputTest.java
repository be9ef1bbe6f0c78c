package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is sent or read, nothing throws; the same damage each time. */
class HostileInputTest {

  private static final List<String> CODINGS = List.of("gzip", "deflate", "br", "zstd", "gzip, br");

  private final Random random = new Random(42);

  private byte[] damaged(String text) {
    var octets = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) > 0 ? octets : Arrays.copyOf(octets, random.nextInt(octets.length));
  }

  @Test
  void aDamagedDocumentIsReadOrRefused() {
    var document = ReferenceSurface.document();

    for (int i = 0; i < 50; i++) {
      var parsed = Stub.parse(new String(damaged(document), StandardCharsets.UTF_8));
      assertThat(parsed.isValid() || parsed.stubs().isEmpty()).isTrue();
    }
  }

  @Test
  void anyRequestIsAnsweredOrNot() {
    var desk =
        new Desk(
            """
            stubs:
              - name: form
                request: {form: {a: b}, cookies: {c: d}, headers: {x: {matches: '(a|aa)+'}}}
                answer: {}
              - name: path
                request: {pathPattern: /a/*, query: {q: {absent: true}}}
                answer: {template: true, body: '{{echo}}{{request.pathSegments.[1]}}'}
              - name: json
                request: {body: {jsonPath: {'$..a[0]': {present: true}, '$.b.length()': 3}}}
                answer: {template: true, body: "{{jsonPath request.body '$..a'}}"}
              - name: schema
                priority: 9
                request: {body: {schema: {type: object, properties: {a: {multipleOf: 0.1, format: uri}}}}}
                answer: {template: true, headers: {x: '{{request.body}}'}, body: '{{request.json.a}}'}
            """);
    var answered = new HashSet<String>();

    for (int i = 0; i < 1_500; i++) {
      answered.add(desk.who(request()));
    }

    assertThat(answered).contains("", "path", "json", "schema");
    desk.stubs.verification().nearMisses(request(), 3);
  }

  private Asked request() {
    var json = "{\"a\": [1e99, \"\\ud800\", {\"a\": -0}], \"b\": [null, {}, 1.5]}";
    var body =
        switch (random.nextInt(5)) {
          case 0 -> json.getBytes(StandardCharsets.UTF_8);
          case 1 -> damaged(json);
          case 2 -> damaged("a=b&%=&a=%zz&" + "=".repeat(50));
          case 3 -> "{\"c\": {}}".getBytes(StandardCharsets.UTF_8);
          default -> octets(200);
        };
    var lines = new ArrayList<Header>();
    if (random.nextInt(3) == 0) {
      lines.add(new Header("content-encoding", CODINGS.get(random.nextInt(CODINGS.size()))));
    }
    if (random.nextBoolean()) {
      lines.add(new Header("content-type", "application/x-www-form-urlencoded"));
      lines.add(new Header("cookie", latin(30) + "=;;=" + latin(9)));
      lines.add(new Header("x", "a".repeat(random.nextInt(60)) + "!"));
    }
    var target = random.nextInt(3) == 0 ? "/a/" + latin(20) : latin(40);
    return new Asked(
        "https", "h", 443, "POST", target, "HTTP/1.1", new Headers(lines), Content.of(body));
  }

  private byte[] octets(int most) {
    var octets = new byte[random.nextInt(most)];
    random.nextBytes(octets);
    return octets;
  }

  private String latin(int most) {
    return new String(octets(most), StandardCharsets.ISO_8859_1);
  }
}
