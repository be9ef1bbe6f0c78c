package io.penstock.stub;

import com.github.jknack.handlebars.Context;
import com.github.jknack.handlebars.EscapingStrategy;
import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.HandlebarsException;
import com.github.jknack.handlebars.io.AbstractTemplateLoader;
import com.github.jknack.handlebars.io.TemplateSource;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A text with places to fill in (Handlebars), compiled once. It sees maps, lists and plain values
 * and the helpers of {@link Helpers}; it reaches no file, no class path and no Java object, and
 * what it may produce is bounded.
 */
final class Template {

  static final int SOURCE_MAX = 64 << 10;

  /** The compiler recurses for each block within another. */
  private static final int BLOCKS_MAX = 200;

  static final int OUTPUT_MAX = 1 << 20;

  /** Other templates, decorators, and other signs for the same things: nothing there needs them. */
  private static final Pattern FORBIDDEN = Pattern.compile("\\{\\{~?\\s*(#?\\s*>|#?\\s*\\*|=)");

  private static final Pattern BLOCK = Pattern.compile("\\{\\{~?\\s*[#^]");

  private static final Handlebars HANDLEBARS =
      new Handlebars(new NoLoader())
          .with(new Helpers())
          .with(EscapingStrategy.NOOP)
          .with(
              (value, chain) -> {
                var text = chain.format(value);
                Helpers.CURRENT.get().spend(text.toString().length());
                return text;
              });

  /** Knows no other templates. */
  private static final class NoLoader extends AbstractTemplateLoader {

    @Override
    public TemplateSource sourceAt(String location) throws IOException {
      throw new IOException("there are no other templates");
    }
  }

  /** Takes so much, and no more. */
  private static final class BoundedWriter extends Writer {

    private final StringBuilder out = new StringBuilder();

    @Override
    public void write(char[] chars, int from, int length) {
      if (out.length() + length > OUTPUT_MAX) {
        throw new Rendering.TooMuchException("an answer of more than " + OUTPUT_MAX);
      }
      out.append(chars, from, length);
    }

    @Override
    public void flush() {
      // Nothing is held back.
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private final com.github.jknack.handlebars.Template compiled;

  private Template(com.github.jknack.handlebars.Template compiled) {
    this.compiled = compiled;
  }

  /** Whether a text has places to fill in at all. */
  static boolean isOne(String source) {
    return source.contains("{{");
  }

  /**
   * Compiles a text.
   *
   * @throws IllegalArgumentException when it is no template, or one that is not allowed
   */
  static Template of(String source) {
    if (source.length() > SOURCE_MAX) {
      throw new IllegalArgumentException("a template of more than " + SOURCE_MAX + " characters");
    }
    if (FORBIDDEN.matcher(source).find()) {
      throw new IllegalArgumentException("partials, decorators and delimiters are not allowed");
    }
    if (BLOCK.matcher(source).results().limit(BLOCKS_MAX + 1L).count() > BLOCKS_MAX) {
      throw new IllegalArgumentException("more than " + BLOCKS_MAX + " blocks");
    }
    try {
      return new Template(HANDLEBARS.compileInline(source));
    } catch (HandlebarsException | IOException e) {
      throw new IllegalArgumentException("no template: " + reason(e), e);
    } catch (StackOverflowError e) {
      // Its parser recurses for each bracket within another: the stack is whole again here.
      throw new IllegalArgumentException("no template: nested too deep", e);
    }
  }

  private static String reason(Exception e) {
    var error = e instanceof HandlebarsException failed ? failed.getError() : null;
    return error == null
        ? String.valueOf(e.getMessage()).lines().findFirst().orElse("")
        : "line "
            + error.line
            + ", "
            + error.reason.lines().findFirst().orElse("")
            + (error.reason.contains("'}}}'") ? "; put a space before the last one" : "");
  }

  byte[] bytes(Rendering rendering) throws TemplateFailedException {
    return text(rendering).getBytes(StandardCharsets.UTF_8);
  }

  String text(Rendering rendering) throws TemplateFailedException {
    var out = new BoundedWriter();
    var context =
        Context.newBuilder(rendering.model()).resolver(new Helpers.Values(rendering)).build();
    try {
      ScopedValue.where(Helpers.CURRENT, rendering)
          .call(
              () -> {
                compiled.apply(context, out);
                return out;
              });
      return out.out.toString();
    } catch (IOException | RuntimeException e) {
      // Helpers throw over arguments that they cannot use, and bounds over what goes too far.
      throw new TemplateFailedException(String.valueOf(e.getMessage()), e);
    }
  }
}
