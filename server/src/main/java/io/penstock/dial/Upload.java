package io.penstock.dial;

import io.penstock.dial.UnansweredException.Stage;
import java.io.IOException;
import java.net.SocketAddress;
import javax.net.ssl.SSLSession;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A connection while a request is sent over it. A server that does not want the rest of a body
 * answers and closes; here that makes writing fail, and what it said is still there to be read. So
 * a failed write is remembered, and only told when there is no answer.
 */
final class Upload implements HttpClientConnection {

  private final HttpClientConnection connection;
  private final Progress progress;
  private @Nullable IOException broken;

  /** How far a call has come. Written by its thread. */
  static final class Progress {

    private Stage stage = Stage.CONNECTING;
    private boolean isWhole = true;

    Stage stage() {
      return stage;
    }

    void reach(Stage next) {
      stage = next;
    }

    /** Whether the request was sent to its end, so that the connection can have another. */
    boolean isWhole() {
      return isWhole;
    }
  }

  Upload(HttpClientConnection connection, Progress progress) {
    this.connection = connection;
    this.progress = progress;
  }

  @Override
  public void sendRequestHeader(ClassicHttpRequest request) throws HttpException, IOException {
    progress.reach(Stage.SENDING);
    connection.sendRequestHeader(request);
  }

  @Override
  public void sendRequestEntity(ClassicHttpRequest request) throws HttpException, IOException {
    try {
      connection.sendRequestEntity(request);
    } catch (IOException e) {
      broken = e;
    }
    if (broken != null || !connection.isConsistent()) {
      progress.isWhole = false;
    }
  }

  @Override
  public void flush() throws IOException {
    if (!progress.isWhole) {
      return;
    }
    try {
      connection.flush();
      progress.reach(Stage.WAITING);
    } catch (IOException e) {
      broken = e;
      progress.isWhole = false;
    }
  }

  @Override
  public ClassicHttpResponse receiveResponseHeader() throws HttpException, IOException {
    try {
      var response = connection.receiveResponseHeader();
      if (response.getCode() >= 200) {
        progress.reach(Stage.READING);
      }
      return response;
    } catch (IOException e) {
      if (broken != null) {
        broken.addSuppressed(e);
        throw broken;
      }
      throw e;
    }
  }

  @Override
  public void receiveResponseEntity(ClassicHttpResponse response)
      throws HttpException, IOException {
    connection.receiveResponseEntity(response);
  }

  @Override
  public void terminateRequest(ClassicHttpRequest request) throws HttpException, IOException {
    connection.terminateRequest(request);
  }

  @Override
  public boolean isConsistent() {
    return broken == null && connection.isConsistent();
  }

  @Override
  public boolean isDataAvailable(Timeout timeout) throws IOException {
    return connection.isDataAvailable(timeout);
  }

  @Override
  public boolean isStale() throws IOException {
    return connection.isStale();
  }

  @Override
  public boolean isOpen() {
    return connection.isOpen();
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }

  @Override
  public void close(CloseMode mode) {
    connection.close(mode);
  }

  @Override
  public @Nullable EndpointDetails getEndpointDetails() {
    return connection.getEndpointDetails();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() {
    return connection.getLocalAddress();
  }

  @Override
  public @Nullable SocketAddress getRemoteAddress() {
    return connection.getRemoteAddress();
  }

  @Override
  public @Nullable ProtocolVersion getProtocolVersion() {
    return connection.getProtocolVersion();
  }

  @Override
  public @Nullable SSLSession getSSLSession() {
    return connection.getSSLSession();
  }

  @Override
  public @Nullable Timeout getSocketTimeout() {
    return connection.getSocketTimeout();
  }

  @Override
  public void setSocketTimeout(Timeout timeout) {
    connection.setSocketTimeout(timeout);
  }
}
