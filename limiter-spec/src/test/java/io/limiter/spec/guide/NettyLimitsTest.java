package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.ManualClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NettyLimitsTest {
  private final ManualClock clock = ManualClock.create();
  private final KeyedLimiter<String> limiter =
      KeyedLimiter.<String>builder(Limits.parse("20/hour, 3 concurrent"), clock).build();
  private final BlockingQueue<ChannelHandlerContext> pending = new LinkedBlockingQueue<>();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private Requests requests;
  private int port;

  /** Answers at once, or leaves the request pending, by the path. */
  private class Hello extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      if (request.uri().equals("/now")) {
        answer(context);
      } else {
        pending.add(context);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      context.close(); // the client reset the connection
    }
  }

  private static void answer(ChannelHandlerContext context) {
    FullHttpResponse response = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, 0);
    context.writeAndFlush(response);
  }

  @BeforeEach
  void start() throws InterruptedException {
    Channel server = new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    new HttpServerCodec(),
                    new HttpObjectAggregator(1 << 16),
                    new NettyLimits(limiter),
                    new Hello());
          }
        })
        .bind(InetAddress.getLoopbackAddress(), 0)
        .sync()
        .channel();
    port = ((InetSocketAddress) server.localAddress()).getPort();
    requests = new Requests(port);
  }

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void requestsOneByOne_asManyAsTheFormulaSays() throws Exception {
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> response = requests.get("/now", "ada");
      assertEquals(200, response.statusCode());
    }
    HttpResponse<String> denied = requests.get("/now", "ada");
    assertEquals(429, denied.statusCode());
    assertEquals("180", denied.headers().firstValue("Retry-After").orElseThrow());
    assertEquals("0", denied.headers().firstValue("X-RateLimit-Remaining").orElseThrow());
    clock.advance(Duration.ofSeconds(180));
    assertEquals(200, requests.get("/now", "ada").statusCode());
    assertEquals(429, requests.get("/now", "ada").statusCode());
    assertEquals(200, requests.get("/now", "grace").statusCode());
  }

  @Test
  void clientThatGoesAway_leavesNothingInFlight() throws Exception {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clients.add(requests.silent("/pends", "ada"));
      pending.take();
    }
    assertEquals(429, requests.get("/now", "ada").statusCode());
    for (Socket client : clients) {
      client.close();
    }
    Requests.awaitFree(limiter, "ada", 3);
  }

  /** Several requests in one connection, of which the second is denied while the first is pending. */
  @Test
  void deniedRequest_isAnsweredAfterThoseBeforeIt() throws Exception {
    limiter.override("ada", Limits.parse("20/hour, 1 concurrent"));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request = "GET /pends HTTP/1.1\r\nHost: here\r\nX-Api-Key: ada\r\n\r\n";
      socket.getOutputStream().write((request + request).getBytes(StandardCharsets.US_ASCII));
      ChannelHandlerContext first = pending.take();
      first.executor().submit(() -> {}).sync(); // so that the second has been read, or comes later
      first.executor().execute(() -> answer(first));
      BufferedReader answers = new BufferedReader(
          new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertEquals("HTTP/1.1 200 OK", answers.readLine());
    }
    Requests.awaitFree(limiter, "ada", 1);
  }
}
