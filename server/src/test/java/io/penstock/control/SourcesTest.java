package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class SourcesTest {

  private final InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_800_000));
  private final Source edge =
      new Source(
          new Source.Key("default", "edge-1"),
          Source.Type.UDP,
          "Edge \"1\"",
          "udp_head",
          "Berlin",
          List.of("core", "a,b"),
          "two lines\nof notes",
          false,
          List.of("192.0.2.0/24", "2001:db8::/32"),
          500,
          false,
          clock.instant(),
          clock.instant().plusSeconds(1));

  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Sources sources;

  SourcesTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    var tenants = new Tenants(database, 7, clock);
    tenants.add(new Tenant("acme", "ACME", 7, Tenant.Quotas.NONE, Set.of(), clock.instant()));
    sources = new Sources(database, clock);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Sources elsewhere() {
    return new Sources(database, clock);
  }

  @Test
  void aFreshTableHasTwoSourcesThatDoNotComeBack() {
    assertThat(sources.snapshot().current().all())
        .extracting(Source::id)
        .containsExactly("default-http", "default-udp");
    assertThat(elsewhere().snapshot().current().all()).hasSize(2);

    sources.remove(new Source.Key("default", "default-http"));
    sources.remove(new Source.Key("default", "default-udp"));

    assertThat(sources.snapshot().current().all()).isEmpty();
    assertThat(elsewhere().snapshot().current().all()).isEmpty();
  }

  @Test
  void aSourceIsReadBackAsItWasAdded() {
    assertThat(sources.add(edge)).isTrue();

    assertThat(sources.find(edge.key())).contains(edge);
    assertThat(elsewhere().find(edge.key())).contains(edge);
  }

  @Test
  void anIdIsTakenOnceInATenantAndFreeInOthers() {
    sources.add(edge);
    var theirs =
        Source.named(new Source.Key("acme", "edge-1"), Source.Type.HTTP, true, clock.instant());

    assertThat(sources.add(edge)).isFalse();
    assertThat(sources.add(theirs)).isTrue();

    assertThat(sources.find(edge.key())).contains(edge);
    assertThat(elsewhere().snapshot().current().of("acme")).containsExactly(theirs);
    assertThat(sources.snapshot().current().of("nobody")).isEmpty();
  }

  @Test
  void ofManySourcesThoseThatAreThereStayAsTheyAre() {
    sources.add(edge);
    var same = Source.named(edge.key(), Source.Type.HTTP, true, clock.instant());
    var other =
        Source.named(new Source.Key("acme", "edge-1"), Source.Type.HTTP, true, clock.instant());

    assertThat(sources.addAll(List.of(same, other))).isEqualTo(1);

    assertThat(sources.find(edge.key())).contains(edge);
    assertThat(elsewhere().find(edge.key())).contains(edge);
    assertThat(sources.find(other.key())).contains(other);
  }

  @Test
  void aChangeTellsWhatItWas() {
    sources.add(edge);
    var moved =
        new Source(
            edge.key(),
            Source.Type.HTTP,
            "Edge",
            "api",
            null,
            List.of(),
            null,
            true,
            List.of(),
            0,
            true,
            edge.createdAt(),
            clock.instant().plusSeconds(9));

    var changed = sources.change(edge.key(), _ -> moved);

    assertThat(changed).contains(new Sources.Changed(edge, moved));
    assertThat(sources.find(edge.key())).contains(moved);
    assertThat(elsewhere().find(edge.key())).contains(moved);
    assertThat(sources.change(new Source.Key("acme", "edge-1"), source -> source)).isEmpty();
  }

  @Test
  void aChangeThatIsRefusedLeavesTheSourceAsItIs() {
    sources.add(edge);

    assertThatThrownBy(
            () ->
                sources.change(
                    edge.key(),
                    _ -> {
                      throw new IllegalArgumentException("not so");
                    }))
        .hasMessage("not so");

    assertThat(sources.find(edge.key())).contains(edge);
    assertThat(sources.snapshot().refresh()).isFalse();
  }

  @Test
  void whatAnotherServerRemovedIsGoneAfterALook() {
    sources.add(edge);
    var elsewhere = elsewhere();

    assertThat(elsewhere.remove(edge.key())).contains(edge);
    assertThat(elsewhere.remove(edge.key())).isEmpty();
    sources.snapshot().refresh();

    assertThat(sources.find(edge.key())).isEmpty();
  }

  @Test
  void theLatestTimeASourceWasSeenStaysAndDisturbsNobody() {
    sources.add(edge);
    var early = new Sources.Seen(Instant.ofEpochMilli(1_000), Source.Type.HTTP);
    var late = new Sources.Seen(Instant.ofEpochMilli(2_000), Source.Type.UDP);

    sources.saw(Map.of(edge.key(), late));
    sources.saw(Map.of(edge.key(), early));
    sources.saw(Map.of(new Source.Key("acme", "edge-1"), late));

    assertThat(sources.seen("default")).isEqualTo(Map.of("edge-1", late));
    assertThat(sources.seen(edge.key())).contains(late);
    assertThat(sources.seen("acme")).isEmpty();
    assertThat(sources.snapshot().refresh()).isFalse();
  }
}
