package io.penstock.forward;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;

/**
 * A socket that sends whole IP packets, header and all, so that they may bear any source address:
 * Linux's {@code socket(AF_INET or AF_INET6, SOCK_RAW, IPPROTO_RAW)} (raw(7)). It takes the
 * capability CAP_NET_RAW. The numbers are those of Linux, the same on x86-64 and AArch64.
 *
 * <p>For one thread at a time.
 */
final class RawSocket implements AutoCloseable {

  /** A packet is longer than the interface takes; raw sockets do not cut it. */
  static final int EMSGSIZE = 90;

  private static final int EPERM = 1;
  private static final int EACCES = 13;
  private static final int EAFNOSUPPORT = 97;

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_RAW = 255;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_SNDTIMEO = 21;

  private static final int SEND_BUFFER = 1 << 20;

  /** A second: a call that found no room for so long fails, so that a stop is not held up. */
  private static final long SEND_SECONDS = 1;

  /** Of {@code sockaddr_in6}, the larger one. */
  private static final int ADDRESS_BYTES_MAX = 28;

  private static final int V4_ADDRESS_BYTES = 16;
  private static final int V4_ADDRESS_AT = 4;
  private static final int V6_ADDRESS_AT = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment error = arena.allocate(Calls.ERROR);
  private final MemorySegment address = arena.allocate(ADDRESS_BYTES_MAX, 8);
  private final boolean isV6;
  private final int addressBytes;
  private final int descriptor;

  /** The C library's functions; only loaded where a raw socket is wanted. */
  private static final class Calls {

    static final StructLayout ERROR = Linker.Option.captureStateLayout();
    private static final long ERRNO_AT =
        ERROR.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    static final MethodHandle SOCKET =
        call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle SET_OPTION =
        call(
            "setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle SEND_TO =
        call(
            "sendto",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private Calls() {}

    // Calls of native code can break the JVM: the launcher allows them (--enable-native-access).
    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
      var linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          descriptor,
          Linker.Option.captureCallState("errno"));
    }

    static int errno(MemorySegment error) {
      return error.get(JAVA_INT, ERRNO_AT);
    }
  }

  private RawSocket(boolean isV6) throws IOException {
    this.isV6 = isV6;
    // A condition among the arguments of invokeExact is more than NullAway can bear.
    int family = isV6 ? AF_INET6 : AF_INET;
    this.addressBytes = isV6 ? ADDRESS_BYTES_MAX : V4_ADDRESS_BYTES;
    try {
      this.descriptor =
          (int) Calls.SOCKET.invokeExact(error, family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    } catch (Throwable e) {
      throw impossible(e);
    }
    if (descriptor < 0) {
      int errno = Calls.errno(error);
      arena.close();
      throw new IOException(words(errno));
    }
  }

  /**
   * Opens one.
   *
   * @throws IOException when the machine does not allow it, with the reason as its message
   */
  static RawSocket open(boolean isV6) throws IOException {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new IOException("this is not Linux");
    }
    RawSocket opened;
    try {
      opened = new RawSocket(isV6);
    } catch (IllegalCallerException e) {
      throw new IOException("the JVM was started without --enable-native-access", e);
    }
    opened.setOptions();
    return opened;
  }

  /** Both only make it better: without them it sends, too. */
  private void setOptions() {
    try (var values = Arena.ofConfined()) {
      var size = values.allocate(JAVA_INT);
      size.set(JAVA_INT, 0, SEND_BUFFER);
      setOption(SO_SNDBUF, size);
      var time = values.allocate(JAVA_LONG, 2);
      time.set(JAVA_LONG, 0, SEND_SECONDS);
      setOption(SO_SNDTIMEO, time);
    }
  }

  private void setOption(int option, MemorySegment value) {
    try {
      var _ =
          (int)
              Calls.SET_OPTION.invokeExact(
                  error, descriptor, SOL_SOCKET, option, value, (int) value.byteSize());
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** Whom the packets from here on are for: the system chooses the way by it, not by the header. */
  void target(InetAddress to) {
    var octets = to.getAddress();
    address.fill((byte) 0);
    address.set(JAVA_SHORT, 0, isV6 ? AF_INET6 : AF_INET);
    MemorySegment.copy(
        MemorySegment.ofArray(octets),
        0,
        address,
        isV6 ? V6_ADDRESS_AT : V4_ADDRESS_AT,
        octets.length);
  }

  /**
   * Sends a packet.
   *
   * @return 0, or the system's number for what was wrong
   */
  int send(MemorySegment packet) {
    long sent;
    try {
      sent =
          (long)
              Calls.SEND_TO.invokeExact(
                  error, descriptor, packet, packet.byteSize(), 0, address, addressBytes);
    } catch (Throwable e) {
      throw impossible(e);
    }
    return sent < 0 ? Calls.errno(error) : 0;
  }

  /** What an error number means, in the words of the manual's errno(3). */
  static String words(int errno) {
    return switch (errno) {
      case EPERM, EACCES -> "not permitted: it takes CAP_NET_RAW, and a firewall that lets it out";
      case EMSGSIZE -> "message too long";
      case EAFNOSUPPORT -> "the machine does not know this family of addresses";
      default -> "error " + errno;
    };
  }

  private static IllegalStateException impossible(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("a call of the C library failed", e);
  }

  @Override
  public void close() {
    try {
      var _ = (int) Calls.CLOSE.invokeExact(error, descriptor);
    } catch (Throwable e) {
      throw impossible(e);
    } finally {
      arena.close();
    }
  }
}
