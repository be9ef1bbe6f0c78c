package io.penstock.dial;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An answer.
 *
 * @param retryAfter how long the destination asks to be left alone; null when it did not say
 * @param body as it came, or as much of it as was to be read
 * @param isCut whether there was more
 */
public record Reply(int status, @Nullable Duration retryAfter, byte[] body, boolean isCut) {

  public boolean isSuccess() {
    return status / 100 == 2;
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "%d with %d bytes".formatted(status, body.length);
  }
}
