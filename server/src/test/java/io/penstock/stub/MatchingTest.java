package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchingTest {

  private static boolean matches(String request, io.penstock.exchange.Asked asked) {
    return new Desk("name: a\nanswer: {status: 204}\nrequest: " + request).who(asked).equals("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {method: GET}                                   | true
          {method: [post, PUT]}                           | false
          {host: cdn.example}                             | true
          {host: '*.example'}                             | true
          {host: example}                                 | false
          {host: xcdn.example}                            | false
          {scheme: https, port: 443}                      | true
          {port: 8443}                                    | false
          {path: /a/b}                                    | true
          {path: [/x, /a/b]}                              | true
          {path: /a}                                      | false
          {pathPattern: /a/*}                             | true
          {pathPattern: /b/*}                             | false
          {pathRegex: '/a/[a-z]'}                         | true
          {pathRegex: '/a/'}                              | false
          {targetRegex: '/a/b[?]v=1.*'}                   | true
          {query: {v: 1}}                                 | true
          {query: {v: 2}}                                 | true
          {query: {v: [1, 2]}}                            | true
          {query: {v: [2, 1]}}                            | false
          {query: {v: [1]}}                               | false
          {query: {v: 3}}                                 | false
          {query: {empty: ''}}                            | true
          {query: {w: {absent: true}}}                    | true
          {query: {v: {absent: true}}}                    | false
          {query: {w: {present: true}}}                   | false
          {query: {fc.giv: {matches: '[0-9]+'}}}          | true
          {query: {fc.giv: {not: {equals: 9}}}}           | false
          {query: {'plus x': 'a b'}}                      | true
          {headers: {User-Agent: curl/8}}                 | true
          {headers: {user-agent: {contains: curl}}}       | true
          {headers: {user-agent: {equals: CURL/8, ignoreCase: true}}} | true
          {headers: {accept: {absent: true}}}             | true
          {cookies: {id: '42'}}                           | true
          {cookies: {id: '43'}}                           | false
          """)
  void aRequestMatchesWhenAllThatIsAskedHolds(String request, boolean isMatch) {
    var asked =
        Requests.get(
            "https://cdn.example/a/b?v=1&v=2&fc.giv=9&empty=&plus+x=a%20b",
            "User-Agent", "curl/8", "Cookie", "id=42; theme=dark");

    assertThat(matches(request, asked)).isEqualTo(isMatch);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {body: '{"a": [1, 2.0, {"b": "x"}], "c": null}'}                       | true
          {body: {contains: '"b": "x"'}}                                         | true
          {body: {matches: '(?s).*null.*'}}                                      | true
          {body: {json: {c: null, a: [1.0, 2, {b: x}]}}}                         | true
          {body: {json: {a: [1, 2, {b: x}]}}}                                    | false
          {body: {json: {a: [2, 1, {b: x}], c: null}}}                           | false
          {body: {json: {a: [2, 1, {b: x}], c: null}, ignoreOrder: true}}        | true
          {body: {json: {a: [1]}, ignoreExtra: true}}                            | true
          {body: {json: {a: [3]}, ignoreExtra: true}}                            | false
          {body: {jsonPath: '$.a[2].b'}}                                         | true
          {body: {jsonPath: '$.z'}}                                              | false
          {body: {jsonPath: {'$.a[2].b': x}}}                                    | true
          {body: {jsonPath: {'$.a[2].b': {matches: '[yz]'}}}}                    | false
          {body: {jsonPath: {'$..b': x}}}                                        | true
          {body: {jsonPath: ['$.a', '$.z']}}                                     | false
          {body: {schema: {type: object, required: [a], properties: {a: {type: array}}}}} | true
          {body: {schema: {type: object, required: [z]}}}                        | false
          {body: {schema: {properties: {a: {$ref: '#/$defs/x'}}, $defs: {x: {type: string}}}}} | false
          {body: {notBody: {jsonPath: '$.z'}}}                                   | true
          """)
  void aBodyIsLookedInto(String request, boolean isMatch) {
    var asked = Requests.post("http://h/", "{\"a\": [1, 2.0, {\"b\": \"x\"}], \"c\": null}");

    assertThat(matches(request, asked)).isEqualTo(isMatch);
  }

  @Test
  void aFormIsReadByItsFields() {
    var asked =
        Requests.post(
            "http://h/", "a=1&b=x+y", "content-type", "application/x-www-form-urlencoded");

    assertThat(matches("{form: {b: 'x y'}}", asked)).isTrue();
    assertThat(matches("{form: {b: 'x'}}", asked)).isFalse();
    assertThat(matches("{form: {a: 1}}", Requests.post("http://h/", "a=1"))).isFalse();
  }

  @Test
  void contentCodingsAreUndoneBeforeABodyIsCompared() throws IOException {
    var plain = "{\"id\":7}".getBytes(StandardCharsets.UTF_8);
    var gzip = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(gzip)) {
      out.write(plain);
    }
    var zlib = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(zlib)) {
      out.write(plain);
    }
    var raw = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(raw, new Deflater(9, true))) {
      out.write(plain);
    }
    var request = "{body: {jsonPath: {'$.id': 7}}}";

    assertThat(matches(request, coded("gzip", gzip.toByteArray()))).isTrue();
    assertThat(matches(request, coded("deflate", zlib.toByteArray()))).isTrue();
    assertThat(matches(request, coded("deflate", raw.toByteArray()))).isTrue();
    assertThat(matches(request, coded("zstd", Zstd.compress(plain)))).isTrue();
    // An uncompressed meta-block (RFC 7932 §9.2): there is no encoder in Java to make one.
    var brotli = new ByteArrayOutputStream();
    brotli.writeBytes(new byte[] {(byte) 0x8b, 3, (byte) 0x80});
    brotli.writeBytes(plain);
    brotli.write(3);
    assertThat(matches(request, coded("br", brotli.toByteArray()))).isTrue();
    assertThat(matches(request, coded("br", plain))).isFalse();
    assertThat(matches(request, coded("rot13", plain))).isFalse();
    assertThat(matches(request, coded("gzip", plain))).isFalse();
  }

  private static io.penstock.exchange.Asked coded(String coding, byte[] body) {
    return Requests.asked("POST", "http://h/", body, "Content-Encoding", coding);
  }

  @Test
  void aBombIsNotLookedInto() throws IOException {
    var bomb = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bomb)) {
      out.write(new byte[64 << 20]);
    }

    assertThat(matches("{body: {contains: x}}", coded("gzip", bomb.toByteArray()))).isFalse();
  }

  @Test
  void anExpressionThatBacktracksWithoutEndIsGivenUp() {
    var desk = new Desk("{name: a, request: {query: {q: {matches: '(x+x+)+y'}}}, answer: {}}");

    var who = desk.who(Requests.get("http://h/?q=" + "x".repeat(5_000)));

    assertThat(who).isEmpty();
    assertThat(desk.counted("intercept_stub_matching_stopped")).isEqualTo(1);
  }

  @Test
  void anExpressionThatRecursesTooDeepIsGivenUp() {
    var desk = new Desk("{name: a, request: {query: {q: {matches: '(a|b)*c'}}}, answer: {}}");

    assertThat(desk.who(Requests.get("http://h/?q=" + "ab".repeat(200_000)))).isEmpty();
    assertThat(desk.counted("intercept_stub_matching_stopped")).isEqualTo(1);
  }

  @Test
  void anExpressionOfASchemaIsBoundedToo() {
    var desk =
        new Desk("{name: a, request: {body: {schema: {pattern: '^(x+x+)+y$'}}}, answer: {}}");

    assertThat(desk.who(Requests.post("http://h/", "\"" + "x".repeat(5_000) + "\""))).isEmpty();
    assertThat(desk.counted("intercept_stub_matching_stopped")).isEqualTo(1);
  }

  @Test
  void aSchemaIsNeverFetched() throws IOException {
    try (var trap = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      trap.setSoTimeout(1);
      var address = "http://127.0.0.1:" + trap.getLocalPort() + "/schema.json";

      var byRef = parse("{$ref: '" + address + "'}");
      var bySchema = parse("{$schema: '" + address + "', type: object}");

      assertThat(byRef.problems()).singleElement().asString().contains("which is not in it");
      assertThat(bySchema.problems()).singleElement().asString().contains("meta-schema");
      assertThat(org.assertj.core.api.Assertions.catchThrowable(trap::accept))
          .isInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  @Test
  void aSchemaThatRefersToItselfWithoutEndIsRefused() {
    assertThat(parse("{$ref: '#'}").problems()).isNotEmpty();
  }

  private static Stub.Parsed parse(String schema) {
    return Stub.parse("{name: a, request: {body: {schema: " + schema + "}}, answer: {}}");
  }

  @Test
  void aRequestForOneProductOnlyNeedsThatProduct() {
    var desk = new Desk("{name: a, product: cribl, answer: {}}");
    var asked = Requests.get("http://h/");

    assertThat(desk.stubs.answer(asked, "cribl")).isNotNull();
    assertThat(desk.stubs.answer(asked, "grafana")).isNull();
    assertThat(desk.stubs.answer(asked, null)).isNull();
  }
}
