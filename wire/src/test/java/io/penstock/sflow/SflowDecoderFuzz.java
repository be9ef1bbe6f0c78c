package io.penstock.sflow;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Hostile datagrams. Without the fuzzing engine this runs over its saved inputs, the resources
 * beside this class; {@link Collected} reads every field of every record and checks the books.
 */
class SflowDecoderFuzz {

  @FuzzTest(maxDuration = "2m")
  void datagrams(byte[] datagram) {
    new Collected().decode(datagram, datagram.length);
  }
}
