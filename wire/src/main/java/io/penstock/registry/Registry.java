package io.penstock.registry;

import io.penstock.wire.DataType;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every Information Element we know by name: IANA's, several vendors', and the field types of
 * NetFlow v9 that mean something else or nothing in IPFIX. Immutable.
 *
 * <p>The table {@code elements.tsv} beside this class is generated from {@code corpus/ie-registry},
 * which says where each part comes from. What an operator maps on top of it ({@link #with}) wins.
 */
public final class Registry {

  /** The enterprise number of reverse elements (RFC 5103 §6.1). */
  public static final long REVERSE = 29305;

  /** CERT's own elements (YAF) have their reverse in the same space, with a bit set. */
  private static final long CERT = 6871;

  private static final int CERT_REVERSE = 0x4000;

  private static final String TABLE = "elements.tsv";
  private static final int IANA_MAX = 1024;

  private final @Nullable InformationElement[] iana;
  private final Map<Long, InformationElement> vendors;
  private final Map<Integer, InformationElement> netflow9;
  private final Map<Integer, InformationElement> netflow9Scopes;
  private final Map<String, InformationElement> names;

  /** What was mapped on top, by version; no entry where nothing was. */
  private final Map<ProtocolVersion, Map<Long, MappedElement>> mapped;

  private Registry() {
    this.iana = new @Nullable InformationElement[IANA_MAX];
    this.vendors = new HashMap<>();
    this.netflow9 = new HashMap<>();
    this.netflow9Scopes = new HashMap<>();
    this.names = new HashMap<>();
    this.mapped = Map.of();
  }

  private Registry(Registry shipped, Map<ProtocolVersion, Map<Long, MappedElement>> mapped) {
    this.iana = shipped.iana;
    this.vendors = shipped.vendors;
    this.netflow9 = shipped.netflow9;
    this.netflow9Scopes = shipped.netflow9Scopes;
    this.names = shipped.names;
    this.mapped = mapped;
  }

  /** Reads the table that ships with this module. Costs some milliseconds: keep the result. */
  public static Registry load() {
    var registry = new Registry();
    try (var in = Registry.class.getResourceAsStream(TABLE)) {
      if (in == null) {
        throw new IllegalStateException(TABLE + " is missing from the class path");
      }
      var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          registry.add(line.split("\t", -1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + TABLE, e);
    }
    return registry;
  }

  /**
   * This registry's shipped elements with others on top, in place of whatever was mapped before. Of
   * two for the same id the later wins. Shares the tables, so it costs no more than the new ones.
   */
  public Registry with(Collection<MappedElement> elements) {
    var byVersion = new EnumMap<ProtocolVersion, Map<Long, MappedElement>>(ProtocolVersion.class);
    for (var added : elements) {
      long key = key(added.element().enterprise(), added.element().id());
      for (var version : added.versions()) {
        byVersion.computeIfAbsent(version, _ -> new HashMap<>()).put(key, added);
      }
    }
    return new Registry(this, byVersion);
  }

  private void add(String[] row) {
    int id = Integer.parseInt(row[1]);
    var type =
        DataType.of(row[3])
            .orElseThrow(() -> new IllegalStateException(TABLE + " has the type " + row[3]));
    long enterprise =
        switch (row[0]) {
          case "v9", "v9scope" -> 0;
          default -> Long.parseLong(row[0]);
        };
    var element = new InformationElement(enterprise, id, row[2], type, row[4], row[5]);
    switch (row[0]) {
      case "v9" -> netflow9.put(id, element);
      case "v9scope" -> netflow9Scopes.put(id, element);
      case "0" -> iana[id] = element;
      default -> vendors.put(key(enterprise, id), element);
    }
    // The first in the table wins a name: IANA's elements come before all others.
    names.putIfAbsent(row[2], element);
  }

  private static long key(long enterprise, int id) {
    return enterprise << 16 | id;
  }

  /**
   * The IPFIX element of this enterprise (0: IANA) and id; empty when unknown. An unknown vendor's
   * id is never looked up among IANA's.
   */
  public Optional<InformationElement> find(long enterprise, int id) {
    var own = mapped(ProtocolVersion.IPFIX, enterprise, id);
    if (own != null) {
      return Optional.of(own.element());
    }
    return shipped(enterprise, id);
  }

  private Optional<InformationElement> shipped(long enterprise, int id) {
    if (enterprise == 0) {
      return Optional.ofNullable(id >= 0 && id < IANA_MAX ? iana[id] : null);
    }
    if (enterprise == REVERSE) {
      return find(0, id).map(forward -> reversed(forward, REVERSE, id));
    }
    var own = vendors.get(key(enterprise, id));
    boolean isReverse = own == null && enterprise == CERT && (id & CERT_REVERSE) != 0;
    return isReverse
        ? find(CERT, id & ~CERT_REVERSE).map(forward -> reversed(forward, CERT, id))
        : Optional.ofNullable(own);
  }

  /**
   * What a field of a template of this version means; empty when unknown. NetFlow v9 shares ids up
   * to 127 with IPFIX, has vendors' field types above 32767 without any enterprise bit, and its
   * scope fields are not elements at all but types of their own (RFC 3954 §6.1).
   */
  public Optional<InformationElement> find(ProtocolVersion version, FieldSpecifier field) {
    if (version != ProtocolVersion.NETFLOW_V9) {
      return find(field.enterprise(), field.id());
    }
    if (field.scope()) {
      return Optional.ofNullable(netflow9Scopes.get(field.id()));
    }
    var mapped = mapped(version, field.enterprise(), field.id());
    if (mapped != null) {
      return Optional.of(mapped.element());
    }
    var own = netflow9.get(field.id());
    return own != null ? Optional.of(own) : shipped(field.enterprise(), field.id());
  }

  /** What an operator made of a field; empty where its shipped meaning, if any, stands. */
  public Optional<MappedElement> mapping(ProtocolVersion version, FieldSpecifier field) {
    boolean isScopeType = version == ProtocolVersion.NETFLOW_V9 && field.scope();
    return isScopeType
        ? Optional.empty()
        : Optional.ofNullable(mapped(version, field.enterprise(), field.id()));
  }

  private @Nullable MappedElement mapped(ProtocolVersion version, long enterprise, int id) {
    var elements = mapped.get(version);
    return elements == null ? null : elements.get(key(enterprise, id));
  }

  /** The element of this name; IANA's when several tables use it. */
  public Optional<InformationElement> named(String name) {
    return Optional.ofNullable(names.get(name));
  }

  /** The same observation in the other direction of a biflow (RFC 5103 §6.1). */
  private static InformationElement reversed(InformationElement forward, long enterprise, int id) {
    var name = forward.name();
    return new InformationElement(
        enterprise,
        id,
        "reverse" + Character.toUpperCase(name.charAt(0)) + name.substring(1),
        forward.type(),
        forward.semantics(),
        forward.units());
  }
}
