package io.penstock.profile;

import io.penstock.exchange.Headers;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer that a product's client is content with.
 *
 * @param method for requests with this method; null for any
 * @param contentType for requests whose content type begins with this; null for any
 * @param body a {@link ReplyTemplate}, or octets when {@code octets} is not null
 */
public record Reply(
    @Nullable String method,
    @Nullable String contentType,
    int status,
    Headers headers,
    String body,
    byte @Nullable [] octets,
    Headers trailers) {

  boolean isFor(String askedMethod, String askedType) {
    return (method == null || method.equals(askedMethod))
        && (contentType == null || askedType.toLowerCase(Locale.ROOT).startsWith(contentType));
  }
}
