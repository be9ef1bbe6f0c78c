package io.penstock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The picture of docs/architecture.md, held by a test. */
class ArchitectureTest {

  /** What each package may use of the others; the root package, which composes, may use all. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("event", Set.of()),
          Map.entry("dial", Set.of("prefix", "event")),
          Map.entry("shape", Set.of("event", "filter", "json")),
          Map.entry("sink", Set.of("event", "filter", "json", "log", "shape")),
          Map.entry(
              "destination",
              Set.of("dial", "event", "filter", "json", "log", "shape", "sink", "store")),
          Map.entry(
              "outputs",
              Set.of("control", "destination", "dial", "event", "json", "log", "shape", "sink")),
          Map.entry("exchange", Set.of("event", "json")),
          Map.entry("journal", Set.of("event", "exchange", "json")),
          Map.entry("policy", Set.of("exchange")),
          Map.entry("stub", Set.of("exchange", "json", "policy")),
          Map.entry("imports", Set.of("exchange", "json", "stub")),
          Map.entry("profile", Set.of("exchange", "json", "policy", "stub")),
          Map.entry("inventory", Set.of("exchange", "json", "profile")),
          Map.entry("certificate", Set.of("dial", "exchange", "policy")),
          Map.entry("upstream", Set.of("dial", "event", "exchange", "policy", "prefix")),
          Map.entry(
              "intercept",
              Set.of(
                  "certificate",
                  "dial",
                  "event",
                  "exchange",
                  "policy",
                  "prefix",
                  "profile",
                  "stub",
                  "upstream")),
          Map.entry("config", Set.of()),
          Map.entry("metrics", Set.of("event")),
          Map.entry("filter", Set.of("event")),
          Map.entry("json", Set.of()),
          Map.entry("prefix", Set.of("event")),
          Map.entry("control", Set.of("json")),
          Map.entry("admit", Set.of("event", "control", "json", "prefix")),
          Map.entry("packet", Set.of()),
          Map.entry("wire", Set.of()),
          Map.entry("capture", Set.of("packet", "wire")),
          Map.entry("registry", Set.of("wire")),
          Map.entry("sflow", Set.of("wire")),
          Map.entry("traffic", Set.of("wire", "sflow")),
          Map.entry("http", Set.of("event", "json", "prefix")),
          Map.entry("logs", Set.of("json")),
          Map.entry("audit", Set.of("event", "http", "json", "logs")),
          Map.entry("receive", Set.of("event")),
          Map.entry("forward", Set.of("event", "prefix", "receive")),
          Map.entry("exporters", Set.of("event", "wire")),
          Map.entry(
              "decode",
              Set.of(
                  "event",
                  "wire",
                  "registry",
                  "packet",
                  "prefix",
                  "sflow",
                  "exporters",
                  "records")),
          Map.entry("stream", Set.of("dial", "receive", "wire")),
          Map.entry("elements", Set.of("wire", "registry", "decode")),
          Map.entry("enrich", Set.of("event", "prefix")),
          Map.entry("log", Set.of("event")),
          Map.entry("records", Set.of("event")),
          Map.entry("store", Set.of("event", "filter", "log")),
          Map.entry(
              "pipeline",
              Set.of(
                  "admit",
                  "event",
                  "control",
                  "json",
                  "receive",
                  "stream",
                  "decode",
                  "enrich",
                  "exporters",
                  "log",
                  "wire")),
          Map.entry(
              "api",
              Set.of(
                  "admit",
                  "prefix",
                  "event",
                  "audit",
                  "control",
                  "destination",
                  "certificate",
                  "exchange",
                  "filter",
                  "imports",
                  "inventory",
                  "journal",
                  "profile",
                  "stub",
                  "outputs",
                  "json",
                  "http",
                  "sink",
                  "decode",
                  "enrich",
                  "exporters",
                  "log",
                  "logs",
                  "store",
                  "pipeline",
                  "receive",
                  "records",
                  "wire")),
          Map.entry("demo", Set.of("event", "json", "traffic", "wire")),
          Map.entry(
              "command",
              Set.of(
                  "event",
                  "capture",
                  "decode",
                  "elements",
                  "enrich",
                  "exporters",
                  "registry",
                  "traffic",
                  "wire")));

  /** Leaves that anyone may use. */
  private static final Set<String> LEAVES = Set.of("config", "metrics");

  /** The packages of the module that knows the JDK and nothing else. */
  private static final List<String> WIRE_MODULE =
      List.of("wire", "registry", "packet", "sflow", "capture", "traffic");

  private static final List<String> DUMPING_GROUNDS =
      List.of("util", "common", "helper", "manager", "service", "impl", "core", "model");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.penstock");

  @Test
  void packagesUseOnlyWhatThePictureAllows() {
    var packages = CLASSES.stream().map(ArchitectureTest::topPackage).collect(Collectors.toSet());
    packages.remove("");
    assertThat(MAY_USE.keySet()).containsAll(packages);

    for (var from : packages) {
      var forbidden =
          packages.stream()
              .filter(to -> !to.equals(from))
              .filter(to -> !LEAVES.contains(to))
              .filter(to -> !MAY_USE.getOrDefault(from, Set.of()).contains(to))
              .map(to -> "io.penstock." + to)
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("io.penstock." + from)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .check(CLASSES);
      noClasses()
          .that()
          .resideInAPackage("io.penstock." + from)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.penstock")
          .check(CLASSES);
    }
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching("io.penstock.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesAreFlatAndNoDumpingGround() {
    for (JavaClass type : CLASSES) {
      var parts = Arrays.asList(type.getPackageName().split("\\."));
      assertThat(parts).as(type.getName()).hasSizeLessThanOrEqualTo(3);
      assertThat(parts).as(type.getName()).doesNotContainAnyElementsOf(DUMPING_GROUNDS);
    }
  }

  @Test
  void theWireModuleKnowsTheJdkAlone() {
    var module = WIRE_MODULE.stream().map(name -> "io.penstock." + name).toArray(String[]::new);
    var allowed = Stream.of(module, new String[] {"java..", "javax..", "org.jspecify.."});
    classes()
        .that()
        .resideInAnyPackage(module)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed.flatMap(Arrays::stream).toArray(String[]::new))
        .check(CLASSES);
  }

  private static String topPackage(JavaClass type) {
    var parts = type.getPackageName().split("\\.");
    return parts.length > 2 ? parts[2] : "";
  }
}
