package io.penstock.destination;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP Event Collector on loopback that refuses what Splunk refuses, with the same codes, and
 * fails in every way that a test asks for: out of reach, slow, resetting, full, restarting, losing
 * or delaying acknowledgements, lying. One instance may be a balancer before several indexers.
 *
 * <p>Settings may change at any time; they hold for requests that come from then on.
 */
public final class HecReceiver implements AutoCloseable {

  public static final String TOKEN = "0d1c9a4e-7f0b-4b5e-9d86-5a3f8f6f2c11";
  public static final String DISABLED_TOKEN = "5f5fb3a7-3d43-4d4b-8f37-0e4a3b6f9a02";

  private static final Pattern GUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Set<String> MEMBERS =
      Set.of("time", "host", "source", "sourcetype", "index", "fields", "event");
  private static final int HEAD_BYTES_MAX = 16 * 1024;

  private final InetSocketAddress address;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final List<Stored> stored = new CopyOnWriteArrayList<>();
  private final Deque<Script> scripts = new ArrayDeque<>();
  private final List<Indexer> indexers = new ArrayList<>(List.of(new Indexer()));
  private ServerSocket server;
  private Thread acceptor;
  private @Nullable Socket parked;
  private int turn;

  private volatile boolean acknowledges;
  private volatile boolean losesAcknowledgements;
  private volatile boolean lies;
  private volatile boolean isSticky = true;
  private volatile int questionsBefore;
  private volatile int lostAnswers;
  private volatile int firstNumber;
  private volatile boolean keepsEventsBeforeFault;
  private volatile int bodyMax = Integer.MAX_VALUE;
  private volatile boolean resetsLargeBodies;
  private volatile int eventMax = 5 << 20;
  private volatile Set<String> indexes = Set.of("telemetry", "main");
  private volatile int health = 17;
  private volatile @Nullable Script always;
  private volatile CountDownLatch held = new CountDownLatch(0);

  /** An event that was stored. */
  public record Stored(
      @Nullable Object time,
      @Nullable Object host,
      @Nullable Object source,
      @Nullable Object sourcetype,
      @Nullable Object index,
      @Nullable Object fields,
      Object event) {

    /** Of the document. */
    public String id() {
      return event instanceof Map<?, ?> document ? String.valueOf(document.get("id")) : "";
    }
  }

  /** A request as it came, its body unpacked. */
  public record Asked(String line, Map<String, String> headers, int connection, String body) {

    public String path() {
      return line.split(" ", 3)[1];
    }

    public @Nullable String channel() {
      return headers.get("x-splunk-request-channel");
    }
  }

  /**
   * What is done with a request for events instead of what would be.
   *
   * @param status 0 to reset the connection instead of answering
   * @param stores whether its events are stored all the same
   */
  private record Script(int status, String body, boolean stores) {}

  private record Answer(int status, String body, List<String> fields) {}

  /** The acknowledgements of one indexer. Guarded by the receiver. */
  private static final class Indexer {

    private final Map<String, Channel> channels = new HashMap<>();
  }

  private static final class Channel {

    private long next;

    /** Questions that are answered with false before one is answered with true. */
    private final Map<Long, Integer> pending = new HashMap<>();
  }

  private static final class RefusedException extends Exception {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String body;

    private RefusedException(int status, int code, String text) {
      this(status, Json.text(Json.object("text", text, "code", code)));
    }

    private RefusedException(int status, String body) {
      super(body);
      this.status = status;
      this.body = body;
    }
  }

  public HecReceiver() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    address = (InetSocketAddress) server.getLocalSocketAddress();
    acceptor = serve(server);
  }

  // Settings

  /** Whether its token acknowledges. */
  public HecReceiver acknowledging(boolean acknowledges) {
    this.acknowledges = acknowledges;
    return this;
  }

  /** Acknowledges after so many questions about a post. */
  public HecReceiver acknowledgingAfter(int questions) {
    questionsBefore = questions;
    return acknowledging(true);
  }

  /** Stores events and says so, and never acknowledges them. */
  public HecReceiver losingAcknowledgements(boolean loses) {
    losesAcknowledgements = loses;
    return this;
  }

  /** The next answers about acknowledgements never arrive, and are not given again. */
  public HecReceiver losingAnswers(int count) {
    lostAnswers = count;
    return this;
  }

  /** Says that it took events that it has thrown away, and never acknowledges them. */
  public HecReceiver lying(boolean lies) {
    this.lies = lies;
    return this;
  }

  /** Whether a balancer sends who shows its cookie to the same indexer again. */
  public HecReceiver balancing(int count, boolean isSticky) {
    this.isSticky = isSticky;
    synchronized (this) {
      while (indexers.size() < count) {
        indexers.add(new Indexer());
      }
    }
    return this;
  }

  /** What the first event of a request is called when it is at fault: 0, or 1. */
  public HecReceiver numberingFrom(int number) {
    firstNumber = number;
    return this;
  }

  /** Whether the events before one at fault are stored, as some versions do. */
  public HecReceiver keepingEventsBeforeFault(boolean keeps) {
    keepsEventsBeforeFault = keeps;
    return this;
  }

  /** Refuses longer bodies, compressed or not. */
  public HecReceiver takingBodiesOf(int bytes) {
    bodyMax = bytes;
    return this;
  }

  /** Resets the connection while a long body comes, instead of saying that it is too long. */
  public HecReceiver resettingLargeBodies(boolean resets) {
    resetsLargeBodies = resets;
    return this;
  }

  /** Refuses longer events, each alone. */
  public HecReceiver takingEventsOf(int bytes) {
    eventMax = bytes;
    return this;
  }

  public HecReceiver indexes(String... names) {
    indexes = Set.of(names);
    return this;
  }

  /** The code that it answers when asked for its health. */
  public HecReceiver health(int code) {
    health = code;
    return this;
  }

  /** Answers the next requests for events like this, without looking at them. */
  public HecReceiver next(int status, String body, int times) {
    synchronized (scripts) {
      for (int i = 0; i < times; i++) {
        scripts.add(new Script(status, body, false));
      }
    }
    return this;
  }

  /** Resets the next connections that bring events, whether or not it has stored these. */
  public HecReceiver resetting(int times, boolean stores) {
    synchronized (scripts) {
      for (int i = 0; i < times; i++) {
        scripts.add(new Script(0, "", stores));
      }
    }
    return this;
  }

  /** Answers every request for events like this until {@link #recover}. */
  public HecReceiver always(int status, String body) {
    always = new Script(status, body, false);
    return this;
  }

  public HecReceiver recover() {
    always = null;
    synchronized (scripts) {
      scripts.clear();
    }
    return this;
  }

  /** Answers no request for events until {@link #release}. */
  public HecReceiver hold() {
    held = new CountDownLatch(1);
    return this;
  }

  public void release() {
    held.countDown();
  }

  /** Out of reach: connections are refused. */
  public void down() throws IOException, InterruptedException {
    server.close();
    // It listens for as long as somebody accepts.
    acceptor.join();
    dropConnections();
    // A socket that does not listen keeps the port, so that it is still there afterwards.
    var keeper = new Socket();
    keeper.setReuseAddress(true);
    keeper.bind(address);
    parked = keeper;
  }

  public void up() throws IOException {
    var keeper = parked;
    if (keeper != null) {
      keeper.close();
      parked = null;
    }
    server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(address, 50);
    acceptor = serve(server);
  }

  /** Closes all connections and forgets all channels; numbers of acknowledgements begin again. */
  public synchronized void restart() throws IOException {
    indexers.forEach(indexer -> indexer.channels.clear());
    dropConnections();
  }

  /** The same, but nobody notices at once: connections stay. */
  public synchronized void forgetChannels() {
    indexers.forEach(indexer -> indexer.channels.clear());
  }

  private void dropConnections() throws IOException {
    for (var connection : connections) {
      reset(connection);
    }
  }

  // What happened

  public URI uri() {
    return uri("");
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + address.getPort() + path);
  }

  /** Everything that was stored, each as often as it was. */
  public List<Stored> stored() {
    return List.copyOf(stored);
  }

  public List<String> ids() {
    return stored.stream().map(Stored::id).toList();
  }

  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Requests whose path ends like this. */
  public List<Asked> asked(String operation) {
    return asked.stream().filter(one -> path(one.path()).endsWith(operation)).toList();
  }

  // Serving

  private Thread serve(ServerSocket listener) {
    return Thread.ofVirtual().start(() -> accept(listener));
  }

  private void accept(ServerSocket listener) {
    int number = 0;
    while (!listener.isClosed()) {
      try {
        var connection = listener.accept();
        connections.add(connection);
        int own = number++;
        Thread.ofVirtual().start(() -> serve(connection, own));
      } catch (IOException _) {
        // Closed.
      }
    }
  }

  private void serve(Socket connection, int number) {
    try (connection) {
      var in = new BufferedInputStream(connection.getInputStream());
      boolean isKept = true;
      while (isKept) {
        isKept = serve(connection, in, number);
      }
    } catch (IOException _) {
      // The client gave up, or was to be cut off.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private boolean serve(Socket connection, InputStream in, int number)
      throws IOException, InterruptedException {
    var head = head(in);
    if (head == null) {
      return false;
    }
    var lines = head.split("\r\n");
    var headers = new LinkedHashMap<String, String>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    if (length > bodyMax && resetsLargeBodies) {
      in.readNBytes(length / 2);
      reset(connection);
      return false;
    }
    byte[] raw = in.readNBytes(length);
    var answer = answer(connection, lines[0], headers, raw, number);
    if (answer == null) {
      return false;
    }
    // Splunk speaks HTTP/1.0 with whoever does not say who it is.
    boolean isKept = headers.containsKey("user-agent");
    var text = new StringBuilder("HTTP/1.1 " + answer.status + " Whatever\r\n");
    answer.fields.forEach(field -> text.append(field).append("\r\n"));
    text.append(isKept ? "" : "Connection: close\r\n");
    byte[] body = answer.body.getBytes(UTF_8);
    text.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    var out = new ByteArrayOutputStream();
    out.writeBytes(text.toString().getBytes(ISO_8859_1));
    out.writeBytes(body);
    connection.getOutputStream().write(out.toByteArray());
    return isKept;
  }

  private static @Nullable String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    int state = 0;
    while (state < 4) {
      int b = in.read();
      if (b < 0 || head.size() > HEAD_BYTES_MAX) {
        return null;
      }
      head.write(b);
      state = b == "\r\n\r\n".charAt(state) ? state + 1 : b == '\r' ? 1 : 0;
    }
    return head.toString(ISO_8859_1);
  }

  private static void reset(Socket connection) throws IOException {
    try {
      connection.setSoLinger(true, 0);
    } catch (SocketException _) {
      // Closed already.
    }
    connection.close();
  }

  /** Null when there is none, since the connection is gone. */
  private @Nullable Answer answer(
      Socket connection, String line, Map<String, String> headers, byte[] raw, int number)
      throws IOException, InterruptedException {
    var path = line.split(" ", 3)[1];
    String body;
    try {
      body = unpacked(headers, raw);
    } catch (IOException _) {
      return coded(400, 6, "Invalid data format");
    }
    asked.add(new Asked(line, Map.copyOf(headers), number, body));
    boolean isForEvents =
        path(path).endsWith("/services/collector") || path(path).contains("/event");
    if (isForEvents) {
      held.await();
    }
    var script = isForEvents ? script() : null;
    try {
      if (script != null) {
        if (script.stores) {
          stored.addAll(parsed(body));
        }
        if (script.status == 0) {
          reset(connection);
          return null;
        }
        return new Answer(script.status, script.body, List.of());
      }
      var cookies = new ArrayList<String>();
      var indexer = indexer(headers, cookies);
      if (path(path).endsWith("/health")) {
        var answer = healthAnswer();
        return new Answer(answer.status, answer.body, cookies);
      }
      demandToken(path, headers);
      if (path(path).endsWith("/ack")) {
        return acks(connection, indexer, headers, body, cookies);
      }
      return isForEvents
          ? events(indexer, headers, raw.length, body, cookies)
          : new Answer(404, "{\"text\":\"Not Found\",\"code\":404}", List.of());
    } catch (RefusedException e) {
      return new Answer(e.status, e.body, List.of());
    }
  }

  private static String path(String path) {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  private @Nullable Script script() {
    synchronized (scripts) {
      var next = scripts.poll();
      return next == null ? always : next;
    }
  }

  private static String unpacked(Map<String, String> headers, byte[] raw) throws IOException {
    if (!"gzip".equals(headers.get("content-encoding"))) {
      return new String(raw, UTF_8);
    }
    try (var in = new GZIPInputStream(new ByteArrayInputStream(raw))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static Answer coded(int status, int code, String text) {
    return new Answer(status, Json.text(Json.object("text", text, "code", code)), List.of());
  }

  private Answer healthAnswer() {
    return switch (health) {
      case 17 -> coded(200, 17, "HEC is healthy");
      case 18 -> coded(503, 18, "HEC is unhealthy, queues are full");
      case 19 -> coded(503, 19, "HEC is unhealthy, ack service unavailable");
      case 20 -> coded(503, 20, "HEC is unhealthy, queues are full, ack service unavailable");
      default -> coded(400, health, "Invalid token");
    };
  }

  private synchronized Indexer indexer(Map<String, String> headers, List<String> fields) {
    if (indexers.size() == 1) {
      return indexers.getFirst();
    }
    var cookie = headers.getOrDefault("cookie", "");
    int at = cookie.indexOf("channel_cookie=");
    if (isSticky && at >= 0) {
      return indexers.get(cookie.charAt(at + 15) - '0');
    }
    int index = turn++ % indexers.size();
    fields.add("Set-Cookie: channel_cookie=" + index + "; Path=/");
    return indexers.get(index);
  }

  private static void demandToken(String path, Map<String, String> headers)
      throws RefusedException {
    if (path.contains("?token=") || path.contains("&token=")) {
      throw new RefusedException(400, 16, "Query string authorization is not enabled");
    }
    var authorization = headers.get("authorization");
    if (authorization == null) {
      throw new RefusedException(401, 2, "Token is required");
    }
    var token = token(authorization);
    if (token.equals(DISABLED_TOKEN)) {
      throw new RefusedException(403, 1, "Token disabled");
    }
    if (!token.equals(TOKEN)) {
      throw new RefusedException(403, 4, "Invalid token");
    }
  }

  private static String token(String authorization) throws RefusedException {
    if (authorization.startsWith("Splunk ")) {
      return authorization.substring(7);
    }
    if (authorization.startsWith("Basic ")) {
      var pair = new String(Base64.getDecoder().decode(authorization.substring(6)), UTF_8);
      return pair.substring(pair.indexOf(':') + 1);
    }
    throw new RefusedException(401, 3, "Invalid authorization");
  }

  private String demandChannel(Map<String, String> headers) throws RefusedException {
    var channel = headers.get("x-splunk-request-channel");
    if (channel == null) {
      throw new RefusedException(400, 10, "Data channel is missing");
    }
    if (!GUID.matcher(channel).matches()) {
      throw new RefusedException(400, 11, "Invalid data channel");
    }
    return channel;
  }

  private Answer events(
      Indexer indexer, Map<String, String> headers, int length, String body, List<String> cookies)
      throws RefusedException {
    if (length > bodyMax) {
      return new Answer(413, "<html>Content-Length of " + length + " too large</html>", List.of());
    }
    var channel = acknowledges ? demandChannel(headers) : null;
    var events = parsed(body);
    if (!lies) {
      stored.addAll(events);
    }
    if (channel == null) {
      return new Answer(200, "{\"text\":\"Success\",\"code\":0}", cookies);
    }
    return new Answer(
        200,
        Json.text(Json.object("text", "Success", "code", 0, "ackId", ackId(indexer, channel))),
        cookies);
  }

  private synchronized long ackId(Indexer indexer, String name) {
    var channel = indexer.channels.computeIfAbsent(name, _ -> new Channel());
    long id = channel.next++;
    if (!losesAcknowledgements && !lies) {
      channel.pending.put(id, questionsBefore);
    }
    return id;
  }

  private @Nullable Answer acks(
      Socket connection,
      Indexer indexer,
      Map<String, String> headers,
      String body,
      List<String> cookies)
      throws IOException, RefusedException {
    if (!acknowledges) {
      throw new RefusedException(400, 14, "ACK is disabled");
    }
    var answers = new LinkedHashMap<String, Object>();
    synchronized (this) {
      var channel = indexer.channels.computeIfAbsent(demandChannel(headers), _ -> new Channel());
      for (var id : ackIds(body)) {
        answers.put(String.valueOf(id), isAcknowledged(channel, id));
      }
      if (lostAnswers > 0) {
        lostAnswers--;
        reset(connection);
        return null;
      }
    }
    return new Answer(200, Json.text(Json.object("acks", answers)), cookies);
  }

  private static List<Long> ackIds(String body) throws RefusedException {
    try {
      if (JsonTree.parse(body) instanceof Map<?, ?> question
          && question.get("acks") instanceof List<?> ids) {
        return ids.stream().map(id -> (Long) id).toList();
      }
    } catch (MalformedJsonException | ClassCastException _) {
      // Said below.
    }
    throw new RefusedException(400, 6, "Invalid data format");
  }

  /** Says it once. */
  private static boolean isAcknowledged(Channel channel, long id) {
    var left = channel.pending.get(id);
    if (left == null) {
      return false;
    }
    if (left > 0) {
      channel.pending.put(id, left - 1);
      return false;
    }
    channel.pending.remove(id);
    return true;
  }

  // Reading events as strictly as Splunk does

  private List<Stored> parsed(String body) throws RefusedException {
    if (body.isBlank()) {
      throw new RefusedException(400, 5, "No data");
    }
    var events = new ArrayList<Stored>();
    int at = 0;
    while (at < body.length()) {
      if (Character.isWhitespace(body.charAt(at))) {
        at++;
        continue;
      }
      int end = objectEnd(body, at);
      if (end < 0 || end - at > eventMax) {
        throw fault(6, "Invalid data format", events);
      }
      events.add(event(body.substring(at, end), events));
      at = end;
    }
    return events;
  }

  private RefusedException fault(int code, String text, List<Stored> before) {
    if (keepsEventsBeforeFault) {
      stored.addAll(before);
    }
    return new RefusedException(
        400,
        Json.text(
            Json.object(
                "text", text, "code", code, "invalid-event-number", before.size() + firstNumber)));
  }

  /** Where the object that begins here ends; negative when none does. */
  private static int objectEnd(String text, int start) {
    if (text.charAt(start) != '{') {
      return -1;
    }
    int depth = 0;
    boolean isQuoted = false;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isQuoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          isQuoted = false;
        }
      } else if (c == '"') {
        isQuoted = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }

  private Stored event(String text, List<Stored> before) throws RefusedException {
    Map<?, ?> object;
    try {
      if (!(JsonTree.parse(text) instanceof Map<?, ?> read)) {
        throw fault(6, "Invalid data format", before);
      }
      object = read;
    } catch (MalformedJsonException _) {
      throw fault(6, "Invalid data format", before);
    }
    for (var name : object.keySet()) {
      if (!MEMBERS.contains(String.valueOf(name))) {
        throw fault(6, "Invalid data format", before);
      }
    }
    if (object.containsKey("time") && !(object.get("time") instanceof Number)) {
      throw fault(6, "Invalid data format", before);
    }
    var event = object.get("event");
    if (event == null) {
      throw fault(12, "Event field is required", before);
    }
    if (event instanceof String words && words.isBlank()) {
      throw fault(13, "Event field cannot be blank", before);
    }
    demandFlat(object, before);
    if (object.get("index") instanceof String index && !indexes.contains(index)) {
      throw fault(7, "Incorrect index", before);
    }
    return new Stored(
        object.get("time"),
        object.get("host"),
        object.get("source"),
        object.get("sourcetype"),
        object.get("index"),
        object.get("fields"),
        event);
  }

  private void demandFlat(Map<?, ?> object, List<Stored> before) throws RefusedException {
    if (!object.containsKey("fields")) {
      return;
    }
    if (!(object.get("fields") instanceof Map<?, ?> fields)
        || fields.values().stream().anyMatch(value -> value == null || value instanceof Map)) {
      throw fault(15, "Error in handling indexed fields", before);
    }
  }

  @Override
  public void close() throws IOException {
    held.countDown();
    server.close();
    var keeper = parked;
    if (keeper != null) {
      keeper.close();
    }
    dropConnections();
  }
}
