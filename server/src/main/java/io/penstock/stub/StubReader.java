package io.penstock.stub;

import static java.util.stream.Collectors.toSet;

import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads stubs from documents. Notes every problem of a document with its place before it gives up,
 * so that one look is enough to mend it.
 */
final class StubReader {

  /** Who made more mistakes than these corrects the first ones first. */
  static final int PROBLEMS_MAX = 50;

  private static final int NAME_MAX = 200;
  private static final int HEADERS_MAX = 100;

  /** RFC 9110 §5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");

  /** RFC 9110 §5.5: no control characters, which would begin another line. */
  private static final Pattern FIELD_VALUE = Pattern.compile("[^\\x00-\\x08\\x0a-\\x1f\\x7f]*");

  /** The listener's own business. */
  private static final Set<String> FRAMING =
      Set.of("content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te");

  /** Gives the files beside a document. */
  @FunctionalInterface
  interface Files {

    /**
     * The octets of a file.
     *
     * @throws IllegalArgumentException when it is not there, too large, or not in the folder
     */
    byte[] read(String name);
  }

  static final Files NO_FILES =
      _ -> {
        throw new IllegalArgumentException("files are for stubs that stand in files themselves");
      };

  private final List<Problem> problems = new ArrayList<>();
  private final Files files;

  private StubReader(Files files) {
    this.files = files;
  }

  static Stub.Parsed read(Map<String, ? extends @Nullable Object> document) {
    Form form;
    try {
      form = Form.of(document, "");
    } catch (IllegalArgumentException e) {
      return new Stub.Parsed(List.of(), List.of(new Problem("", 0, "", "nested too deep")));
    }
    return new StubReader(NO_FILES).document(form);
  }

  static Stub.Parsed read(String document, Files files) {
    var reader = new StubReader(files);
    var form = YamlForm.read(document, reader.problems);
    return form.isEmpty() || !reader.problems.isEmpty()
        ? reader.parsed(List.of())
        : reader.document(form.get());
  }

  static RequestMatcher.Read matcher(Map<String, ? extends @Nullable Object> form) {
    Form request;
    try {
      request = Form.of(form, "");
    } catch (IllegalArgumentException e) {
      return new RequestMatcher.Read(null, List.of(new Problem("", 0, "", "nested too deep")));
    }
    var reader = new StubReader(NO_FILES);
    var matcher = reader.request(new Section(request, reader.problems));
    return reader.problems.isEmpty()
        ? new RequestMatcher.Read(matcher, List.of())
        : new RequestMatcher.Read(null, List.copyOf(reader.problems));
  }

  private Stub.Parsed parsed(List<Stub> stubs) {
    return problems.isEmpty()
        ? new Stub.Parsed(stubs, List.of())
        : new Stub.Parsed(List.of(), problems.subList(0, Math.min(problems.size(), PROBLEMS_MAX)));
  }

  private Stub.Parsed document(Form form) {
    var members = form.members();
    if (members == null || !members.containsKey("stubs")) {
      var stub = stub(new Section(form, problems));
      return parsed(stub == null ? List.of() : List.of(stub));
    }
    var section = new Section(form, problems);
    var list = section.take("stubs");
    section.end();
    var elements = list == null ? List.<Form>of() : list.elements();
    if (elements == null) {
      problems.add(form.problem("expected a list under 'stubs'"));
      return parsed(List.of());
    }
    if (elements.size() > StubLimits.STUBS_MAX) {
      problems.add(form.problem("expected at most " + StubLimits.STUBS_MAX + " stubs"));
      return parsed(List.of());
    }
    return parsed(stubs(elements));
  }

  private List<Stub> stubs(List<Form> elements) {
    var stubs = new ArrayList<Stub>();
    var names = new HashSet<String>();
    for (var element : elements) {
      var stub = stub(new Section(element, problems));
      if (stub != null && !names.add(stub.name())) {
        problems.add(element.problem("another stub is called '" + stub.name() + "'"));
      } else if (stub != null) {
        stubs.add(stub);
      }
      if (problems.size() > PROBLEMS_MAX) {
        break;
      }
    }
    return stubs;
  }

  /** One stub; null, with problems noted, when it is not as it should be. */
  @SuppressWarnings("unchecked") // A mapping's tree is a map of names.
  private @Nullable Stub stub(Section section) {
    int before = problems.size();
    var name = name(section);
    var priority = section.number("priority", -1_000_000, 1_000_000);
    boolean isEnabled = section.flag("enabled", true);
    var products = section.scalars("product").stream().map(Form::text).collect(toSet());
    var request = section.section("request");
    var answer = section.section("answer");
    var scenario = scenario(section.section("scenario"));
    var times = section.number("times", 1, Long.MAX_VALUE);
    section.end();
    if (answer == null) {
      section.problem("expected an 'answer'");
    }
    var matcher = request == null ? new RequestMatcher(List.of()) : request(request);
    var plan = answer == null ? null : answer(answer);
    if (problems.size() > before || plan == null) {
      return null;
    }
    return new Stub(
        name,
        priority == null ? Stub.PRIORITY : priority.intValue(),
        isEnabled,
        Set.copyOf(products),
        matcher,
        plan,
        scenario,
        times,
        (Map<String, @Nullable Object>) Objects.requireNonNull(section.form().tree()));
  }

  private static String name(Section section) {
    var name = section.text("name");
    if (name == null || name.isBlank() || name.length() > NAME_MAX) {
      section.problem("expected a 'name' of at most " + NAME_MAX + " characters");
      return "";
    }
    return name;
  }

  private static @Nullable Scenario scenario(@Nullable Section section) {
    if (section == null) {
      return null;
    }
    var name = section.text("name");
    var scenario =
        new Scenario(name == null ? "" : name, section.text("requires"), section.text("then"));
    section.end();
    if (name == null) {
      section.problem("expected a 'name'");
    }
    return scenario;
  }

  // ---- the request

  private RequestMatcher request(Section section) {
    var conditions = new ArrayList<Condition>();
    methods(section, conditions);
    Conditions.place(section, conditions);
    named(section, "query", Condition.Where.QUERY, conditions);
    named(section, "headers", Condition.Where.HEADER, conditions);
    named(section, "cookies", Condition.Where.COOKIE, conditions);
    named(section, "form", Condition.Where.FORM, conditions);
    bodies(section, conditions);
    section.end();
    return new RequestMatcher(conditions);
  }

  private static void methods(Section section, List<Condition> conditions) {
    var methods = new HashSet<String>();
    for (var method : section.scalars("method")) {
      if (TOKEN.matcher(method.text()).matches()) {
        methods.add(method.text().toUpperCase(Locale.ROOT));
      } else {
        section.problem(method, "expected a method such as GET, not " + method.kind());
      }
    }
    if (!methods.isEmpty() && !methods.contains("ANY")) {
      conditions.add(new Condition.Method(methods));
    }
  }

  private static void named(
      Section section, String key, Condition.Where where, List<Condition> conditions) {
    var names = section.section(key);
    if (names == null) {
      return;
    }
    for (var entry : names.rest().entrySet()) {
      var name =
          where == Condition.Where.HEADER
              ? entry.getKey().toLowerCase(Locale.ROOT)
              : entry.getKey();
      var test = Conditions.values(entry.getValue(), section);
      if (test != null) {
        conditions.add(new Condition.Named(where, name, test));
      }
    }
  }

  private static void bodies(Section section, List<Condition> conditions) {
    var body = section.take("body");
    if (body == null) {
      return;
    }
    var elements = body.elements();
    for (var each : elements == null ? List.of(body) : elements) {
      for (var test : Conditions.body(each, section)) {
        conditions.add(new Condition.Body(test));
      }
    }
  }

  // ---- the answer

  private @Nullable AnswerPlan answer(Section section) {
    int before = problems.size();
    var status = section.number("status", 200, 599);
    boolean isTemplate = section.flag("template", false);
    var lines = lines(section, "headers", isTemplate);
    var trailers = lines(section, "trailers", false);
    var type = new ArrayList<>(lines);
    var source = body(section, isTemplate, type);
    var delay = delay(section);
    var over = section.duration("bodyOver", Delay.MAX).orElse(Duration.ZERO);
    var fault = fault(section);
    section.end();
    if (problems.size() > before) {
      return null;
    }
    return new AnswerPlan(
        status == null ? 200 : status.intValue(),
        type,
        source.bytes,
        source.template,
        new Headers(trailers.stream().map(l -> new Header(l.name(), l.value())).toList()),
        delay,
        over,
        fault);
  }

  private List<AnswerPlan.Line> lines(Section section, String key, boolean isTemplate) {
    var lines = new ArrayList<AnswerPlan.Line>();
    var headers = section.section(key);
    if (headers == null) {
      return lines;
    }
    for (var entry : headers.rest().entrySet()) {
      var name = entry.getKey();
      if (!TOKEN.matcher(name).matches()) {
        section.problem(entry.getValue(), "is no name of a header");
      } else if (FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
        section.problem(entry.getValue(), "is made by the listener: leave it out");
      } else {
        for (var value : section.scalars(entry.getValue())) {
          line(section, name, value, isTemplate).ifPresent(lines::add);
        }
      }
    }
    if (lines.size() > HEADERS_MAX) {
      section.problem("expected at most " + HEADERS_MAX + " lines under '" + key + "'");
    }
    return lines;
  }

  private static Optional<AnswerPlan.Line> line(
      Section section, String name, Form value, boolean isTemplate) {
    if (!FIELD_VALUE.matcher(value.text()).matches()) {
      section.problem(value, "control characters are not allowed in a header");
      return Optional.empty();
    }
    var template =
        isTemplate && Template.isOne(value.text()) ? template(section, value, value.text()) : null;
    return Optional.of(new AnswerPlan.Line(name, value.text(), template));
  }

  private static @Nullable Template template(Section section, Form at, String source) {
    try {
      return Template.of(source);
    } catch (IllegalArgumentException e) {
      section.problem(at, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private record Source(byte[] bytes, @Nullable Template template) {}

  private Source body(Section section, boolean isTemplate, List<AnswerPlan.Line> lines) {
    var found = new LinkedHashMap<String, Form>();
    for (var key : List.of("body", "bodyBase64", "bodyFile", "json")) {
      var form = key.equals("json") ? section.takeEvenNull(key) : section.take(key);
      if (form != null) {
        found.put(key, form);
      }
    }
    if (found.size() > 1) {
      section.problem("expected one body, not " + String.join(" and ", found.keySet()));
    }
    if (found.isEmpty()) {
      return new Source(new byte[0], null);
    }
    var only = found.entrySet().iterator().next();
    var bytes = octets(section, only.getKey(), only.getValue());
    if (bytes.length > StubLimits.BODY_MAX) {
      section.problem(only.getValue(), "larger than " + StubLimits.BODY_MAX + " octets");
    }
    boolean hasType = lines.stream().anyMatch(l -> l.name().equalsIgnoreCase("content-type"));
    if (only.getKey().equals("json") && !hasType) {
      lines.add(new AnswerPlan.Line("content-type", "application/json", null));
    }
    if (!isTemplate) {
      return new Source(bytes, null);
    }
    var text = new String(bytes, StandardCharsets.UTF_8);
    return new Source(
        bytes, Template.isOne(text) ? template(section, only.getValue(), text) : null);
  }

  private byte[] octets(Section section, String key, Form form) {
    if (key.equals("json")) {
      return Json.bytes(form.tree());
    }
    var text = section.text(form);
    if (text == null) {
      return new byte[0];
    }
    try {
      return switch (key) {
        case "bodyBase64" -> base64(text);
        case "bodyFile" -> files.read(text);
        default -> text.getBytes(StandardCharsets.UTF_8);
      };
    } catch (IllegalArgumentException e) {
      section.problem(form, String.valueOf(e.getMessage()));
      return new byte[0];
    }
  }

  private static byte[] base64(String text) {
    try {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("expected base64", e);
    }
  }

  private static Delay delay(Section section) {
    var form = section.take("delay");
    if (form == null) {
      return Delay.Fixed.ZERO;
    }
    if (form.members() == null) {
      return new Delay.Fixed(section.duration(form, Delay.MAX).orElse(Duration.ZERO));
    }
    var drawn = new Section(form, section.problems());
    var uniform = drawn.scalars("uniform");
    var median = drawn.duration("median", Delay.MAX);
    var sigma = drawn.decimal("sigma", 0, 5);
    var most = drawn.duration("most", Delay.MAX).orElse(Delay.MAX);
    drawn.end();
    if (median.isPresent() && sigma != null && uniform.isEmpty()) {
      return new Delay.LogNormal(median.get(), sigma, most);
    }
    if (uniform.size() == 2 && median.isEmpty()) {
      var least = section.duration(uniform.getFirst(), Delay.MAX).orElse(Duration.ZERO);
      var longest = section.duration(uniform.getLast(), Delay.MAX).orElse(Delay.MAX);
      if (least.compareTo(longest) <= 0) {
        return new Delay.Uniform(least, longest);
      }
    }
    drawn.problem("expected {uniform: [10ms, 50ms]} or {median: 100ms, sigma: 0.4}");
    return Delay.Fixed.ZERO;
  }

  private static FaultPlan fault(Section section) {
    var form = section.take("fault");
    if (form == null) {
      return FaultPlan.NONE;
    }
    if (form.members() == null) {
      var kind = kind(section, form);
      return new FaultPlan(kind, null, 100);
    }
    var mapping = new Section(form, section.problems());
    var kind = mapping.take("kind");
    var status = mapping.number("status", 200, 599);
    var percent = mapping.decimal("percent", 0, 100);
    mapping.end();
    if ((kind == null) == (status == null)) {
      mapping.problem("expected either a 'kind' or a 'status'");
    }
    return new FaultPlan(
        kind == null ? Answer.Fault.NONE : kind(section, kind),
        status == null ? null : status.intValue(),
        percent == null ? 100 : percent);
  }

  private static Answer.Fault kind(Section section, Form form) {
    return switch (form.text()) {
      case "reset" -> Answer.Fault.RESET;
      case "empty" -> Answer.Fault.EMPTY;
      case "stall" -> Answer.Fault.STALL;
      case "truncate" -> Answer.Fault.TRUNCATE;
      case "garbage" -> Answer.Fault.GARBAGE;
      default -> {
        section.problem(form, "expected reset, empty, stall, truncate or garbage");
        yield Answer.Fault.NONE;
      }
    };
  }
}
