package io.penstock.api;

import io.penstock.decode.ExporterDirectory.Entry;
import io.penstock.decode.ExporterDirectory.Field;
import io.penstock.decode.ExporterDirectory.TaughtTemplate;
import io.penstock.decode.OptionsTable;
import io.penstock.event.Event;
import io.penstock.event.Nanos;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.exporters.ExporterReport;
import io.penstock.exporters.ExporterReport.Rate;
import io.penstock.exporters.ExporterReport.Refusal;
import io.penstock.exporters.SequenceReport;
import io.penstock.exporters.StreamKey;
import io.penstock.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The JSON of an exporter's line in the list, and of its page. */
final class ExporterJson {

  private static final double SECOND = 1e9;

  /** Options tables that a page shows; an exporter may make any number of them up. */
  private static final int TABLES_MAX = 100;

  private ExporterJson() {}

  /** What the list shows. */
  static Map<String, @Nullable Object> summary(Entry entry, long nowNanos) {
    var report = entry.report();
    return Json.object(
        "id", report.id().toString(),
        "address", report.id().address().toString(),
        "agent", report.id().isRelayed() ? report.id().agent().toString() : null,
        "ports", report.ports().stream().map(ExporterReport.Port::port).distinct().toList(),
        "protocols", amounts(report.protocols()),
        "domains", report.domains(),
        "first_seen", time(report.firstNanos()),
        "last_seen", time(report.lastNanos()),
        "silent", report.isSilent(nowNanos),
        "datagrams", report.datagrams(),
        "octets", report.ledger().received(),
        "records", report.records(),
        "events", report.events(),
        "templates", entry.templates(),
        "waiting_sets", entry.waitingSets(),
        "sampling", report.sampling().stream().map(ExporterJson::rate).toList(),
        "clock_skew", report.hasClock() ? report.clockSkewNanos() / SECOND : null,
        "missing", missing(report),
        "gaps", report.gaps(),
        "restarts", report.restarts(),
        "duplicates", report.ledger().duplicates(),
        "quirks", quirks(report));
  }

  /** What the page shows: the same, and what it is made of. */
  static Map<String, @Nullable Object> page(
      Entry entry, List<TaughtTemplate> templates, List<OptionsTable> tables, long nowNanos) {
    var report = entry.report();
    var page = summary(entry, nowNanos);
    page.put("sflow", sflow(report));
    page.put("ledger", ledger(entry));
    page.put("sequence", report.streams().stream().map(ExporterJson::stream).toList());
    page.put("template_definitions", templates.stream().map(ExporterJson::template).toList());
    page.put("options_tables", tables.stream().limit(TABLES_MAX).map(ExporterJson::table).toList());
    page.put("options_tables_omitted", Math.max(0, tables.size() - TABLES_MAX));
    page.put("rejections", report.refusals().stream().map(ExporterJson::refusal).toList());
    page.put("last_datagrams", "/v1/exporters/" + report.id() + "/datagrams.pcap");
    return page;
  }

  /** The agent and its sub-agents; null of an exporter that sends no sFlow. */
  private static @Nullable Map<String, @Nullable Object> sflow(ExporterReport report) {
    if (!report.protocols().containsKey(Protocol.SFLOW_5)) {
      return null;
    }
    var subAgents =
        report.streams().stream()
            .map(SequenceReport::key)
            .filter(key -> key.protocol() == Protocol.SFLOW_5 && !key.samples())
            .map(StreamKey::domain)
            .distinct()
            .sorted()
            .toList();
    return Json.object("agent", report.id().agent().toString(), "sub_agents", subAgents);
  }

  private static Map<String, @Nullable Object> table(OptionsTable table) {
    return Json.object(
        "name", table.name(),
        "domain", table.domain(),
        "scope", table.scope(),
        "rows", table.rows().stream().map(ExporterJson::row).toList(),
        "omitted", table.omitted());
  }

  private static Map<String, @Nullable Object> row(OptionsTable.Row row) {
    return Json.object(
        "refreshed", row.refreshed().toString(), "values", new Json.Raw("{" + row.members() + "}"));
  }

  private static Map<String, @Nullable Object> rate(Rate rate) {
    return Json.object(
        "domain", domain(rate.domain()),
        "rate", rate.sampling().rate(),
        "source", word(rate.sampling().from()),
        "algorithm", algorithm(rate.sampling().algorithm()),
        "last_seen", time(rate.lastNanos()));
  }

  private static @Nullable String algorithm(Algorithm algorithm) {
    return algorithm == Algorithm.UNKNOWN ? null : word(algorithm);
  }

  /** What never came, by the unit the exporter counts in. */
  private static Map<String, Long> missing(ExporterReport report) {
    var units = new TreeMap<String, Long>();
    for (var stream : report.streams()) {
      units.merge(unit(stream), stream.missing(), Long::sum);
    }
    if (report.forgotten().missing() > 0) {
      units.put("forgotten", report.forgotten().missing());
    }
    units.values().removeIf(amount -> amount == 0);
    return units;
  }

  private static String unit(SequenceReport stream) {
    return stream.key().unit(stream.counting());
  }

  private static Map<String, Long> quirks(ExporterReport report) {
    var quirks = amounts(report.quirks());
    for (var stream : report.streams()) {
      if (stream.isUnusual()) {
        quirks.merge("sequence_counts_" + word(stream.counting()), 1L, Long::sum);
      }
      if (stream.isStuck()) {
        quirks.merge("sequence_stands_still", 1L, Long::sum);
      }
      if (stream.isInterleaved()) {
        quirks.merge("sequence_interleaved", 1L, Long::sum);
      }
      if (!stream.isUsable()) {
        quirks.merge("sequence_not_usable", 1L, Long::sum);
      }
      if (stream.isShared()) {
        quirks.merge("sequence_shared", 1L, Long::sum);
      }
    }
    return quirks;
  }

  private static Map<String, @Nullable Object> ledger(Entry entry) {
    var ledger = entry.report().ledger();
    return Json.object(
        "octets",
        Json.object(
            "received", ledger.received(),
            "decoded", ledger.decoded(),
            "waiting", entry.waitingOctets(),
            "rejected", amounts(ledger.rejected()),
            "dropped", amounts(ledger.dropped())),
        "rejections",
        amounts(ledger.rejections()),
        "dropped_datagrams",
        amounts(ledger.drops()));
  }

  private static Map<String, @Nullable Object> stream(SequenceReport stream) {
    var key = stream.key();
    return Json.object(
        "protocol", word(key.protocol()),
        "transport", word(key.transport()),
        "port", key.port(),
        "domain", key.samples() ? null : domain(key.domain()),
        "data_source", key.samples() ? dataSource(key.domain()) : null,
        "counts", key.samples() ? "samples" : word(stream.counting()),
        "expected", stream.expected(),
        "messages", stream.messages(),
        "missing", stream.missing(),
        "gaps", stream.gaps(),
        "reordered", stream.reordered(),
        "recovered", stream.recovered(),
        "restarts", stream.restarts(),
        "uncertain", stream.unread(),
        "last_seen", time(stream.lastNanos()));
  }

  /** Kind of sample, type and index of the source, as the book packs them. */
  private static String dataSource(long packed) {
    return (packed >>> 56) + ":" + (packed >>> 32 & 0xff) + ":" + (packed & 0xffff_ffffL);
  }

  private static Map<String, @Nullable Object> template(TaughtTemplate template) {
    return Json.object(
        "protocol", template.version().toLowerCase(Locale.ROOT),
        "port", template.port(),
        "domain", template.domain(),
        "id", template.id(),
        "options", template.isOptions(),
        "refreshed", template.refreshed().toString(),
        "fields", template.fields().stream().map(ExporterJson::field).toList());
  }

  private static Map<String, @Nullable Object> field(Field field) {
    return Json.object(
        "name", field.name(),
        "enterprise", field.enterprise(),
        "id", field.id(),
        "length", field.length(),
        "scope", field.isScope());
  }

  private static Map<String, @Nullable Object> refusal(Refusal refusal) {
    return Json.object(
        "time", time(refusal.timeNanos()),
        "reason", word(refusal.reason()),
        "octets", refusal.octets(),
        "port", refusal.port());
  }

  private static @Nullable Long domain(long domain) {
    return domain == Event.ABSENT ? null : domain;
  }

  private static Map<String, Long> amounts(Map<? extends Enum<?>, Long> amounts) {
    var words = new TreeMap<String, Long>();
    amounts.forEach((constant, amount) -> words.put(word(constant), amount));
    return words;
  }

  private static String time(long nanos) {
    return Nanos.instant(nanos).toString();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
