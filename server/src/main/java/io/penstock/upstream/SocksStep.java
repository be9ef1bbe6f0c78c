package io.penstock.upstream;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandRequest;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialRequest;
import io.netty.handler.codec.socksx.v5.DefaultSocks5PasswordAuthRequest;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5ClientEncoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandResponse;
import io.netty.handler.codec.socksx.v5.Socks5CommandResponseDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialResponse;
import io.netty.handler.codec.socksx.v5.Socks5InitialResponseDecoder;
import io.netty.handler.codec.socksx.v5.Socks5Message;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthResponse;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthResponseDecoder;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthStatus;
import io.penstock.event.Ip;
import io.penstock.exchange.Exchange.Cause;
import java.time.Duration;

/** Through a SOCKS proxy (RFC 1928), by user and password if it wants them (RFC 1929). */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class SocksStep extends Step {

  private final ParentProxy proxy;
  private final Target target;
  private ChannelHandler decoder = new Socks5InitialResponseDecoder();

  SocksStep(ParentProxy proxy, Target target, Duration timeout) {
    super(Cause.UPSTREAM_CONNECT, timeout);
    this.proxy = proxy;
    this.target = target;
  }

  @Override
  void begin(ChannelHandlerContext context) {
    var pipeline = context.pipeline();
    pipeline.addBefore(context.name(), null, Socks5ClientEncoder.DEFAULT);
    pipeline.addBefore(context.name(), null, decoder);
    context.writeAndFlush(
        proxy.user() == null
            ? new DefaultSocks5InitialRequest(Socks5AuthMethod.NO_AUTH)
            : new DefaultSocks5InitialRequest(Socks5AuthMethod.NO_AUTH, Socks5AuthMethod.PASSWORD));
  }

  @Override
  void end(ChannelHandlerContext context) {
    context.pipeline().remove(Socks5ClientEncoder.DEFAULT);
    context.pipeline().remove(decoder);
  }

  @Override
  void received(ChannelHandlerContext context, Object message) {
    if (!(message instanceof Socks5Message part) || part.decoderResult().isFailure()) {
      fail(proxy.address() + " does not answer in SOCKS 5");
      return;
    }
    switch (message) {
      case Socks5InitialResponse response -> authenticate(context, response.authMethod());
      case Socks5PasswordAuthResponse response -> {
        if (response.status().equals(Socks5PasswordAuthStatus.SUCCESS)) {
          connect(context);
          return;
        }
        fail(proxy.address() + " does not take the password");
      }
      case Socks5CommandResponse response -> {
        if (response.status().equals(Socks5CommandStatus.SUCCESS)) {
          succeed();
          return;
        }
        fail(proxy.address() + " answered " + response.status());
      }
      default -> fail(proxy.address() + " says what was not asked");
    }
  }

  private void authenticate(ChannelHandlerContext context, Socks5AuthMethod method) {
    var user = proxy.user();
    var password = proxy.password();
    if (method.equals(Socks5AuthMethod.NO_AUTH)) {
      connect(context);
    } else if (method.equals(Socks5AuthMethod.PASSWORD) && user != null && password != null) {
      expect(context, new Socks5PasswordAuthResponseDecoder());
      context.writeAndFlush(new DefaultSocks5PasswordAuthRequest(user, password.value()));
    } else {
      fail(proxy.address() + " wants another way to authenticate");
    }
  }

  private void connect(ChannelHandlerContext context) {
    expect(context, new Socks5CommandResponseDecoder());
    var host = target.host();
    context.writeAndFlush(
        new DefaultSocks5CommandRequest(
            Socks5CommandType.CONNECT, type(host), host, target.port()));
  }

  private static Socks5AddressType type(String host) {
    return Ip.parse(host)
        .map(ip -> ip.isV4() ? Socks5AddressType.IPv4 : Socks5AddressType.IPv6)
        .orElse(Socks5AddressType.DOMAIN);
  }

  private void expect(ChannelHandlerContext context, ChannelHandler next) {
    context.pipeline().replace(decoder, null, next);
    decoder = next;
  }
}
