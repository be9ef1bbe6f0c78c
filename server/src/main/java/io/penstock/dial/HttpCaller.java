package io.penstock.dial;

import io.penstock.dial.UnansweredException.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.cookie.BasicCookieStore;
import org.apache.hc.client5.http.cookie.Cookie;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Calls one destination over HTTP, with connections that are kept between calls. One call is one
 * request: nothing is repeated, no redirect is followed, no answer is unpacked. A call ends within
 * {@link HttpLimits#total}, whatever the other side does, and reads no more than {@link
 * HttpLimits#answerBytes}.
 *
 * <p>For any number of threads, virtual ones above all.
 */
public final class HttpCaller implements AutoCloseable {

  private static final String PROGRESS = "penstock.progress";
  private static final int LINE_LENGTH_MAX = 16 * 1024;
  private static final int HEADERS_MAX = 100;
  private static final int COOKIES_MAX = 16;

  private final HttpLimits limits;
  private final Deadlines deadlines;
  private final PoolingHttpClientConnectionManager connections;
  private final CloseableHttpClient client;
  private final Future<?> housekeeping;

  /** Reads an answer while it comes. */
  @FunctionalInterface
  public interface Reading<T> {

    /**
     * @param retryAfter how long the destination asks to be left alone; null when it did not say
     * @param body which need not be read to its end; throws when it is longer than {@link
     *     HttpLimits#answerBytes}
     */
    T read(int status, @Nullable Duration retryAfter, InputStream body) throws IOException;
  }

  HttpCaller(
      Dialer dialer, Deadlines deadlines, TlsContext tls, HttpLimits limits, String userAgent) {
    this.limits = limits;
    this.deadlines = deadlines;
    this.connections = connections(dialer, tls, limits);
    this.client = client(userAgent);
    this.housekeeping = deadlines.every(limits.idle(), this::closeIdle);
  }

  private void closeIdle() {
    connections.closeExpired();
    connections.closeIdle(timeout(limits.idle()));
  }

  private static Timeout timeout(Duration duration) {
    return Timeout.ofMilliseconds(duration.toMillis());
  }

  private static PoolingHttpClientConnectionManager connections(
      Dialer dialer, TlsContext tls, HttpLimits limits) {
    var http1 =
        Http1Config.custom()
            .setMaxLineLength(LINE_LENGTH_MAX)
            .setMaxHeaderCount(HEADERS_MAX)
            .setBufferSize(16 * 1024)
            .build();
    return new GuardedConnections(dialer, tls, limits.connect())
        .setConnectionFactory(
            ManagedHttpClientConnectionFactory.builder()
                .http1Config(http1)
                .responseOutOfOrderStrategy((_, _, in, _, _) -> in.available() > 0)
                .build())
        .setMaxConnTotal(limits.connections())
        .setMaxConnPerRoute(limits.connections())
        .setDefaultSocketConfig(
            SocketConfig.custom().setSoTimeout(timeout(limits.answer())).build())
        .setDefaultConnectionConfig(
            ConnectionConfig.custom()
                .setConnectTimeout(timeout(limits.connect()))
                .setSocketTimeout(timeout(limits.answer()))
                .setIdleTimeout(timeout(limits.idle()))
                .setValidateAfterInactivity(TimeValue.ofMilliseconds(200))
                .build())
        .build();
  }

  private CloseableHttpClient client(String userAgent) {
    var builder =
        HttpClientBuilder.create()
            .setConnectionManager(connections)
            .setUserAgent(userAgent)
            .setRequestExecutor(new Executor())
            .setConnectionReuseStrategy(new Reuse())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(timeout(limits.connect()))
                    .setResponseTimeout(timeout(limits.answer()))
                    .setConnectionKeepAlive(timeout(limits.idle()))
                    .setRedirectsEnabled(false)
                    .setAuthenticationEnabled(false)
                    .setExpectContinueEnabled(false)
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableContentCompression()
            .disableAuthCaching()
            .disableConnectionState();
    return limits.keepsCookies()
        ? builder.setDefaultCookieStore(new FewCookies()).build()
        : builder.disableCookieManagement().build();
  }

  /**
   * Sends a request and reads the answer, as much of it as the limits allow.
   *
   * @throws ForbiddenAddressException when the host is one that may not be connected to
   * @throws UnansweredException when there is no answer
   * @throws InterruptedException when the thread is to stop; what was sent may have arrived
   */
  public Reply call(Call call) throws IOException, InterruptedException {
    return exchange(
        call,
        (status, retryAfter, body) -> {
          byte[] read = body.readNBytes(limits.answerBytes());
          boolean isCut = read.length == limits.answerBytes() && body.read() >= 0;
          return new Reply(status, retryAfter, read, isCut);
        });
  }

  /** The same for answers that are read while they come. */
  public <T> T call(Call call, Reading<T> reading) throws IOException, InterruptedException {
    return exchange(
        call,
        (status, retryAfter, body) ->
            reading.read(status, retryAfter, new Bounded(body, limits.answerBytes())));
  }

  private <T> T exchange(Call call, Reading<T> reading) throws IOException, InterruptedException {
    var host = call.uri().getHost();
    if (host == null) {
      throw new UnknownHostException("an address without a host");
    }
    var request = request(call);
    var progress = new Upload.Progress();
    var context = HttpClientContext.create();
    context.setAttribute(PROGRESS, progress);
    try (var due = deadlines.after(limits.total(), request::cancel)) {
      try {
        return exchange(target(call.uri(), host), request, context, reading);
      } catch (IOException | IllegalStateException e) {
        if (Thread.interrupted()) {
          throw interrupted(e);
        }
        throw failure(e, progress.stage(), due.isPast());
      }
    }
  }

  private <T> T exchange(
      HttpHost target, HttpUriRequestBase request, HttpContext context, Reading<T> reading)
      throws IOException {
    var response = client.executeOpen(target, request, context);
    boolean isRead = false;
    try {
      var entity = response.getEntity();
      var body = entity == null ? InputStream.nullInputStream() : entity.getContent();
      T result = reading.read(response.getCode(), retryAfter(response), body);
      isRead = isAtEnd(body);
      return result;
    } finally {
      if (!isRead) {
        // Closing alone would read the rest, however long: this gives the connection up.
        request.cancel();
      }
      closeQuietly(response);
    }
  }

  private static boolean isAtEnd(InputStream body) {
    try {
      return body.read() < 0;
    } catch (IOException _) {
      // What was wanted of it has been read.
      return false;
    }
  }

  private static void closeQuietly(ClassicHttpResponse response) {
    try {
      response.close();
    } catch (IOException _) {
      // Its connection is gone, and nobody needs it.
    }
  }

  private static @Nullable Duration retryAfter(ClassicHttpResponse response) {
    var field = response.getFirstHeader("Retry-After");
    return field == null ? null : RetryAfter.parse(field.getValue(), Instant.now());
  }

  private static HttpHost target(URI uri, String host) {
    return new HttpHost(uri.getScheme(), Hosts.name(host), uri.getPort());
  }

  private static HttpUriRequestBase request(Call call) {
    var request = new HttpUriRequestBase(call.method(), call.uri());
    call.headers().forEach(request::setHeader);
    var body = call.body();
    if (body != null) {
      request.setEntity(
          new BodyEntity(call.gzip() ? Gzip.of(body) : body, call.gzip() ? "gzip" : null));
    }
    return request;
  }

  private static InterruptedException interrupted(Exception cause) {
    var interrupted = new InterruptedException("interrupted in a call");
    interrupted.initCause(cause);
    return interrupted;
  }

  private IOException failure(Exception e, Stage stage, boolean isPastDue) {
    if (e instanceof ForbiddenAddressException || e instanceof AnswerTooLongException) {
      return (IOException) e;
    }
    if (isPastDue) {
      return new UnansweredException(stage, "not over after " + text(limits.total()), e);
    }
    var why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new UnansweredException(
        stage,
        switch (stage) {
          case CONNECTING ->
              e instanceof UnknownHostException ? "unknown host: " + why : "no connection: " + why;
          case SENDING -> "reset during upload: " + why;
          case WAITING ->
              e instanceof SocketTimeoutException
                  ? "no answer after " + text(limits.answer())
                  : "no answer: " + why;
          case READING -> "the answer broke off: " + why;
        },
        e);
  }

  private static String text(Duration duration) {
    return duration.toMillis() + " ms";
  }

  /** Gives up all connections, also those of calls under way. */
  @Override
  public void close() {
    housekeeping.cancel(false);
    connections.close(CloseMode.IMMEDIATE);
  }

  /** Resolves, connects and secures through the dialer. */
  private static final class GuardedConnections extends PoolingHttpClientConnectionManagerBuilder {

    private final Dialer dialer;
    private final TlsContext tls;
    private final Duration timeout;

    private GuardedConnections(Dialer dialer, TlsContext tls, Duration timeout) {
      this.dialer = dialer;
      this.tls = tls;
      this.timeout = timeout;
    }

    @Override
    protected HttpClientConnectionOperator createConnectionOperator(
        SchemePortResolver ports, DnsResolver names, TlsSocketStrategy secure) {
      return new DefaultHttpClientConnectionOperator(
          (@Nullable Proxy _) -> dialer.socket(),
          ports,
          new Addresses(dialer),
          RegistryBuilder.<TlsSocketStrategy>create().register("https", this::secured).build());
    }

    private SSLSocket secured(
        Socket socket, String host, int port, @Nullable Object attachment, HttpContext context)
        throws IOException {
      return tls.over(socket, host, port, timeout);
    }
  }

  private record Addresses(Dialer dialer) implements DnsResolver {

    @Override
    public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
      return dialer.addresses(host, port);
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      return dialer.addresses(host).toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /** Sends so that an early answer is seen, see {@link Upload}. */
  private static final class Executor extends HttpRequestExecutor {

    @Override
    public ClassicHttpResponse execute(
        ClassicHttpRequest request,
        HttpClientConnection connection,
        @Nullable HttpResponseInformationCallback information,
        HttpContext context)
        throws IOException, HttpException {
      var upload = new Upload(connection, progress(context));
      return super.execute(request, upload, information, context);
    }
  }

  private static Upload.Progress progress(HttpContext context) {
    return context.getAttribute(PROGRESS) instanceof Upload.Progress progress
        ? progress
        : new Upload.Progress();
  }

  /** A connection over which half a request went has no other. */
  private static final class Reuse extends DefaultClientConnectionReuseStrategy {

    @Override
    public boolean keepAlive(HttpRequest request, HttpResponse response, HttpContext context) {
      return progress(context).isWhole() && super.keepAlive(request, response, context);
    }
  }

  private static final class BodyEntity extends AbstractHttpEntity {

    private final Body body;

    private BodyEntity(Body body, @Nullable String encoding) {
      super((String) null, encoding);
      this.body = body;
    }

    @Override
    public long getContentLength() {
      return body.length();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      body.writeTo(out);
    }

    @Override
    public InputStream getContent() {
      throw new UnsupportedOperationException("a body is written, not read");
    }

    @Override
    public boolean isStreaming() {
      return false;
    }

    @Override
    public void close() {}
  }

  /** Cookies of a balancer; one that sets them without end starts over. */
  private static final class FewCookies extends BasicCookieStore {

    private static final long serialVersionUID = 1;

    @Override
    public void addCookie(Cookie cookie) {
      if (getCookies().size() >= COOKIES_MAX) {
        clear();
      }
      super.addCookie(cookie);
    }
  }

  /** An answer that throws where it gets too long. */
  private static final class Bounded extends InputStream {

    private final InputStream in;
    private long left;

    private Bounded(InputStream in, long most) {
      this.in = in;
      this.left = most;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      return b < 0 ? b : counted(1, b);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = in.read(bytes, offset, length);
      return read < 0 ? read : counted(read, read);
    }

    private int counted(int bytes, int result) throws IOException {
      left -= bytes;
      if (left < 0) {
        throw new AnswerTooLongException();
      }
      return result;
    }
  }

  /** An answer that is longer than it may be. */
  public static final class AnswerTooLongException extends IOException {

    private static final long serialVersionUID = 1;

    private AnswerTooLongException() {
      super("the answer is longer than what is read of one");
    }
  }
}
