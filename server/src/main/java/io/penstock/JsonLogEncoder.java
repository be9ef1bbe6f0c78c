package io.penstock;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.avaje.json.stream.JsonStream;

/** A log event as one JSON object a line, its key-value pairs as members beside the message. */
final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {

  private static final JsonStream JSON = JsonStream.builder().build();
  private static final byte[] NOTHING = {};

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    try (var out = JSON.bufferedWriterAsBytes()) {
      out.beginObject();
      out.name("timestamp");
      out.value(event.getInstant().toString());
      out.name("level");
      out.value(event.getLevel().toString());
      out.name("logger");
      out.value(event.getLoggerName());
      out.name("msg");
      out.value(event.getFormattedMessage());
      if (event.getKeyValuePairs() != null) {
        for (var pair : event.getKeyValuePairs()) {
          out.name(pair.key);
          out.value(String.valueOf(pair.value));
        }
      }
      if (event.getThrowableProxy() != null) {
        out.name("exception");
        out.value(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      out.endObject();
      out.writeNewLine();
      return out.result();
    }
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
