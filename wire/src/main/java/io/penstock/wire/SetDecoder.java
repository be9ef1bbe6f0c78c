package io.penstock.wire;

import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.TemplateReader.Item;

/**
 * Reads the sets of NetFlow v9 and IPFIX messages one by one: templates are learned, data sets are
 * turned into records or wait, and no set's fault touches its neighbours.
 */
final class SetDecoder {

  private static final int SET_HEADER = 4;
  private static final int FIRST_DATA_SET = 256;

  /** Sets are padded to multiples of 4 octets, so that no padding needs to be longer. */
  private static final int PADDING_MAX = 3;

  private final Sessions sessions;
  private final WaitingSets waiting;
  private final TemplateReader reader;
  private final Ledger ledger;
  private final DataRecord record;

  /** Of the message being read: its data records, and whether that is all of them. */
  private int records;

  private boolean isComplete;

  SetDecoder(
      Sessions sessions,
      WaitingSets waiting,
      TemplateReader reader,
      Ledger ledger,
      DataRecord record) {
    this.sessions = sessions;
    this.waiting = waiting;
    this.reader = reader;
    this.ledger = ledger;
    this.record = record;
  }

  /** Whether the sets in this range end beyond it. */
  static boolean isCut(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= SET_HEADER) {
      int length = Octets.u16(bytes, at + 2);
      if (length < SET_HEADER) {
        return false;
      }
      at += length;
    }
    return at > end;
  }

  /** Reads the sets between {@code from} and {@code end}. */
  void decode(Message message, int from, int end) {
    byte[] bytes = message.bytes();
    records = 0;
    isComplete = !message.header().truncated();
    int at = from;
    boolean isCut = false;
    while (end - at >= SET_HEADER) {
      int length = Octets.u16(bytes, at + 2);
      if (length < SET_HEADER) {
        break;
      }
      isCut = length > end - at;
      int setEnd = isCut ? end : at + length;
      ledger.count(Count.FRAMING_OCTETS, SET_HEADER);
      set(message, Octets.u16(bytes, at), at + SET_HEADER, setEnd, isCut);
      at = setEnd;
    }
    if (!isCut) {
      afterLastSet(message, at, end);
    }
    if (records > 0) {
      sessions.earned(message.session(), message.receivedMillis());
    }
    ledger.handler().message(message.exporter(), message.header(), records, isComplete);
  }

  private void afterLastSet(Message message, int at, int end) {
    int rest = end - at;
    if (message.header().truncated()) {
      ledger.reject(message.exporter(), Rejection.TRUNCATED, rest);
      return;
    }
    if (rest < SET_HEADER || Octets.areZero(message.bytes(), at, end)) {
      ledger.count(Count.PADDING_OCTETS, rest);
      return;
    }
    isComplete = false;
    ledger.reject(message.exporter(), Rejection.BAD_SET_LENGTH, rest);
  }

  private void set(Message message, int id, int at, int end, boolean isCut) {
    if (id >= FIRST_DATA_SET) {
      data(message, id, at, end, isCut);
      return;
    }
    int firstTemplateSet = message.header().version() == ProtocolVersion.IPFIX ? 2 : 0;
    if (id == firstTemplateSet || id == firstTemplateSet + 1) {
      templates(message, id, id != firstTemplateSet, at, end, isCut);
      return;
    }
    ledger.reject(message.exporter(), Rejection.RESERVED_SET, end - at);
  }

  private void templates(
      Message message, int setId, boolean isOptions, int from, int end, boolean isCut) {
    var version = message.header().version();
    int at = from;
    while (at < end) {
      switch (reader.read(version, isOptions, message.bytes(), from, at, end)) {
        case Item.Defined(var template, var next) -> {
          ledger.count(Count.TEMPLATE_OCTETS, next - at);
          at = next;
          learn(message, template);
        }
        case Item.Withdrawn(var id, var next) -> {
          ledger.count(Count.TEMPLATE_OCTETS, next - at);
          at = next;
          withdraw(message, setId, id);
        }
        case Item.Unusable(var id, var next) -> {
          ledger.reject(message.exporter(), Rejection.BAD_TEMPLATE, next - at);
          at = next;
          sessions.forget(message.session(), key(message, id));
        }
        case Item.Bad(var next) -> {
          ledger.reject(message.exporter(), Rejection.BAD_TEMPLATE, next - at);
          at = next;
        }
        case Item.Overlong() -> {
          var reason = isCut ? Rejection.TRUNCATED : Rejection.BAD_TEMPLATE;
          ledger.reject(message.exporter(), reason, end - at);
          return;
        }
        case Item.Padding(var next) -> {
          if (isCut && next == end) {
            ledger.reject(message.exporter(), Rejection.TRUNCATED, next - at);
            return;
          }
          ledger.count(Count.PADDING_OCTETS, next - at);
          at = next;
        }
      }
    }
    if (isCut) {
      ledger.reject(message.exporter(), Rejection.TRUNCATED, 0);
    }
  }

  private void learn(Message message, Template template) {
    long key = key(message, template.id());
    int port = message.exporter().address().getPort();
    switch (sessions.learn(message.session(), key, template, port, message.receivedMillis())) {
      case SAME -> {
        ledger.count(Count.TEMPLATES_REFRESHED);
        fault(message, TemplateFault.RETRANSMITTED, template.id());
        return;
      }
      case NEW -> ledger.count(Count.TEMPLATES_LEARNED);
      case CHANGED -> {
        ledger.count(Count.TEMPLATES_CHANGED);
        fault(message, TemplateFault.REDEFINED, template.id());
      }
    }
    var definition = message.session().definition(key);
    var known = definition == null ? template : definition.template;
    ledger.handler().template(message.exporter(), message.header().domain(), known);
    decodeWaiting(message.session(), key, known);
  }

  private void fault(Message message, TemplateFault fault, int id) {
    if (!message.session().isUdp()) {
      ledger.handler().templateFault(message.exporter(), fault, message.header().domain(), id);
    }
  }

  private void withdraw(Message message, int setId, int id) {
    var session = message.session();
    if (session.isUdp()) {
      ledger.count(Count.WITHDRAWALS_IGNORED);
      return;
    }
    if (id != setId) {
      boolean wasKnown = sessions.forget(session, key(message, id));
      ledger.count(Count.TEMPLATES_WITHDRAWN, wasKnown ? 1 : 0);
      if (!wasKnown) {
        fault(message, TemplateFault.UNKNOWN_WITHDRAWN, id);
      }
      return;
    }
    boolean isOptions = setId == 3;
    int withdrawn = sessions.forgetAll(session, message.header().domain(), isOptions);
    ledger.count(Count.TEMPLATES_WITHDRAWN, withdrawn);
  }

  private void data(Message message, int id, int at, int end, boolean isCut) {
    var session = message.session();
    long key = key(message, id);
    var template = sessions.template(session, key, message.receivedMillis());
    if (template == null) {
      template = sessions.borrow(session, key, message.receivedMillis());
      if (template == null) {
        putAside(message, key, at, end, isCut);
        return;
      }
      ledger.count(Count.SETS_BORROWED_TEMPLATE);
      decodeWaiting(session, key, template);
    }
    record.enter(
        session, template, message.header(), message.bytes(), message.receivedMillis(), false);
    records(message.exporter(), at, end, isCut);
    ledger.count(Count.SETS_DECODED);
  }

  private void putAside(Message message, long key, int at, int end, boolean isCut) {
    if (at < end) {
      isComplete = false;
      waiting.add(message, key, at, end, isCut);
    } else if (isCut) {
      ledger.reject(message.exporter(), Rejection.TRUNCATED, 0);
    }
  }

  private void decodeWaiting(Session session, long key, Template template) {
    for (var set : waiting.take(session, key)) {
      record.enter(session, template, set.header, set.body, set.receivedMillis, true);
      records(set.exporter, 0, set.body.length, set.isCut);
      ledger.count(Count.SETS_DECODED_LATE);
    }
  }

  /** Hands on the records of the set that {@link #record} has entered. */
  private void records(Exporter exporter, int from, int end, boolean isCut) {
    var template = record.template();
    int shortest = template.minLength();
    boolean isVariable = template.isVariable();
    byte[] bytes = record.bytes();
    var handler = ledger.handler();
    int at = from;
    int count = 0;
    while (end - at >= shortest) {
      if (shortest <= PADDING_MAX && count > 0 && isPadding(bytes, at, end)) {
        break;
      }
      if (!isVariable) {
        record.move(at);
      } else if (!record.measure(at, end)) {
        break;
      }
      handler.record(exporter, record);
      at = record.end();
      count++;
    }
    records += record.isLate() ? 0 : count;
    ledger.count(template.isOptions() ? Count.OPTIONS_RECORDS : Count.RECORDS, count);
    ledger.count(Count.LATE_RECORDS, record.isLate() ? count : 0);
    ledger.count(Count.RECORD_OCTETS, at - from);
    leftover(exporter, bytes, at, end, shortest, isCut);
  }

  /**
   * Whether the rest is padding although records are short enough to fit in it. RFC 7011 §3.3.1
   * forbids such padding; exporters that align every set send it all the same.
   */
  private static boolean isPadding(byte[] bytes, int at, int end) {
    return end - at <= PADDING_MAX && Octets.areZero(bytes, at, end);
  }

  private void leftover(
      Exporter exporter, byte[] bytes, int at, int end, int shortest, boolean isCut) {
    int rest = end - at;
    if (isCut) {
      ledger.reject(exporter, Rejection.TRUNCATED, rest);
      return;
    }
    boolean isShort = rest <= PADDING_MAX && rest < shortest;
    if (isShort || Octets.areZero(bytes, at, end)) {
      ledger.count(Count.PADDING_OCTETS, rest);
      return;
    }
    isComplete = false;
    ledger.reject(exporter, Rejection.BAD_RECORD, rest);
  }

  private static long key(Message message, int id) {
    return Session.key(message.header().version(), message.header().domain(), id);
  }
}
