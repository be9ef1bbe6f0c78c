package io.penstock.benchmarks;

import io.penstock.destination.KafkaConfig.Compression;
import io.penstock.shape.Schema;
import io.penstock.wire.ProtocolVersion;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs scenarios by name; without one, or for {@code list}, it lists them. */
public final class Benchmarks {

  private Benchmarks() {}

  private static Map<String, Scenario> scenarios() {
    var all = new LinkedHashMap<String, Scenario>();
    all.put("udp-receive", new UdpReceiveScenario(1));
    all.put("udp-bursts", new UdpReceiveScenario(64));
    all.put("forward", new ForwardScenario());
    all.put("decode", new JmhScenario("Datagrams to events", DecodeBenchmark.class));
    all.put("sflow", new JmhScenario("sFlow datagrams to events", SflowBenchmark.class));
    all.put("json", new JmhScenario("Posted records to events", JsonBenchmark.class));
    all.put("admission", new JmhScenario("Datagrams measured", AdmissionBenchmark.class));
    all.put("enrich", new JmhScenario("Events enriched at both ends", EnrichBenchmark.class));
    all.put("shape", new JmhScenario("Events in the schemas of sinks", ShapeBenchmark.class));
    all.put("audit", new JmhScenario("Requests recorded in the audit", AuditBenchmark.class));
    all.put("stub", new JmhScenario("Requests answered by stubs", StubBenchmark.class));
    all.put("udp-to-log", new UdpToLogScenario(ProtocolVersion.IPFIX, 200_000));
    all.put("udp-to-log-v9", new UdpToLogScenario(ProtocolVersion.NETFLOW_V9, 200_000));
    all.put("log", new JmhScenario("Events made durable, and read back", LogBenchmark.class));
    all.put("index", new IndexScenario());
    all.put("query", new QueryScenario());
    all.put("http-ingest", new HttpIngestScenario());
    all.put("full-load", new FullLoadScenario(100_000));
    all.put("start", new StartScenario());
    all.put("control", new ControlScenario(ControlTables.LARGE));
    all.put("request", new RequestScenario());
    all.put(
        "sink-elastic",
        new SinkScenario(
            "Events from the log to Elasticsearch",
            Schema.TELEMETRY,
            new ElasticDestination(false)));
    all.put(
        "sink-elastic-gzip",
        new SinkScenario(
            "Events from the log to Elasticsearch, gzip",
            Schema.TELEMETRY,
            new ElasticDestination(true)));
    all.put(
        "sink-hec",
        new SinkScenario(
            "Events from the log to Splunk HEC, gzip", Schema.TELEMETRY, new HecDestination(true)));
    all.put(
        "sink-hec-plain",
        new SinkScenario(
            "Events from the log to Splunk HEC, not compressed",
            Schema.TELEMETRY,
            new HecDestination(false)));
    all.put(
        "sink-kafka",
        new SinkScenario(
            "Events from the log to Kafka as goflow2's protobuf, LZ4",
            Schema.GOFLOW2,
            new KafkaDestination(Compression.LZ4)));
    all.put("intercept", new InterceptScenario(Duration.ofSeconds(10), 8));
    all.put("intercept-latency", new InterceptLatencyScenario(2_000, Duration.ofSeconds(20), 8));
    all.put("intercept-long", new InterceptLongScenario(10_000_000, 8));
    all.put("outage", new OutageScenario(50_000, Duration.ofSeconds(25), 3));
    all.put("outage-long", new OutageScenario(50_000, Duration.ofMinutes(10), 1));
    return all;
  }

  public static void main(String[] args) throws Exception {
    var all = scenarios();
    if (args.length == 0 || args[0].equals("list")) {
      all.forEach((name, scenario) -> System.out.printf("%-16s %s%n", name, scenario.sentence()));
      return;
    }
    for (var name : args) {
      var scenario = all.get(name);
      if (scenario == null) {
        System.err.println("no benchmark is called " + name + "; these are: " + all.keySet());
        System.exit(2);
      } else {
        System.out.println("== " + name + ": " + scenario.sentence());
        scenario.run(System.out);
      }
    }
  }
}
