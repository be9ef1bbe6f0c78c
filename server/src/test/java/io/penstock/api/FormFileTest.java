package io.penstock.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormFileTest {

  private static final String TYPE = "multipart/form-data; boundary=----x1";

  private static byte[] form(byte[] file) {
    var head =
        """
        ------x1\r
        Content-Disposition: form-data; name="note"\r
        \r
        a note, not the file\r
        ------x1\r
        content-disposition: form-data; name="f"; filename="City.mmdb"\r
        Content-Type: application/octet-stream\r
        \r
        """;
    var out = new ByteArrayOutputStream();
    out.writeBytes(head.getBytes(ISO_8859_1));
    out.writeBytes(file);
    out.writeBytes("\r\n------x1--\r\n".getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  /** Gives a few bytes at a time, as a network does. */
  private static InputStream trickle(byte[] bytes, int most) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public int read(byte[] buffer, int offset, int length) {
        return super.read(buffer, offset, Math.min(length, most));
      }
    };
  }

  private static byte[] read(byte[] form, int most) throws IOException {
    var out = new ByteArrayOutputStream();
    FormFile.find(trickle(form, most), TYPE, "f").orElseThrow().copyTo(out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 4_096, 1 << 20})
  void aFileComesOutAsItWentInHoweverItIsCut(int most) throws IOException {
    var file = new byte[most < 10 ? 5_000 : 300_000];
    new Random(most).nextBytes(file);
    var nearly = "\r\n------x\r\n------x2\r\n\r\n----".getBytes(ISO_8859_1);
    System.arraycopy(nearly, 0, file, 100, nearly.length);
    System.arraycopy(nearly, 0, file, file.length - nearly.length, nearly.length);

    assertThat(read(form(file), most)).isEqualTo(file);
  }

  @Test
  void anEmptyFileIsEmpty() throws IOException {
    assertThat(read(form(new byte[0]), 10)).isEmpty();
  }

  @Test
  void theClientsNameOfItIsKnown() throws IOException {
    var found = FormFile.find(new ByteArrayInputStream(form(new byte[3])), TYPE, "f");

    assertThat(found.orElseThrow().fileName()).isEqualTo("City.mmdb");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "application/octet-stream",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other"
      })
  void whatIsNoSuchFormHasNoFile(String type) throws IOException {
    assertThat(FormFile.find(new ByteArrayInputStream(form(new byte[3])), type, "f")).isEmpty();
    assertThat(FormFile.find(new ByteArrayInputStream(form(new byte[3])), TYPE, "g")).isEmpty();
  }

  @Test
  void aFormThatIsCutOffIsNotTakenForWhole() {
    var form = form(new byte[1_000]);
    var cut = java.util.Arrays.copyOf(form, form.length - 20);

    assertThatThrownBy(() -> read(cut, 4_096)).isInstanceOf(EOFException.class);
  }

  @Test
  void headersWithoutEndCostNoMoreThanTheBuffer() throws IOException {
    var endless = ("------x1\r\n" + "a".repeat(200_000)).getBytes(ISO_8859_1);
    var many = ("------x1\r\n" + "a: b\r\n".repeat(50_000)).getBytes(ISO_8859_1);

    assertThat(FormFile.find(new ByteArrayInputStream(endless), TYPE, "f")).isEmpty();
    assertThat(FormFile.find(new ByteArrayInputStream(many), TYPE, "f")).isEmpty();
  }
}
