package io.limiter.spec.guide;

import io.limiter.DetailedDecision;
import io.limiter.Permit;
import io.limiter.http.ResponseHeaders;
import io.limiter.http.ThrottledBody;
import io.limiter.keyed.KeyedLimiter;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** Limits HTTP requests. One for each channel, behind HttpServerCodec and HttpObjectAggregator. */
class NettyLimits extends ChannelDuplexHandler {
  private record Call(Permit permit, DetailedDecision decision) {}

  private final KeyedLimiter<String> limiter;
  private final ResponseHeaders headers;
  private final Deque<Call> calls = new ArrayDeque<>(); // without a whole response, in their order

  NettyLimits(KeyedLimiter<String> limiter) {
    this.limiter = limiter;
    this.headers = ResponseHeaders.of(limiter.limits());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof FullHttpRequest request)) {
      context.fireChannelRead(message);
      return;
    }
    String key = request.headers().get("X-Api-Key", "anonymous");
    Permit permit = limiter.tryEnter(key);
    calls.add(new Call(permit, limiter.inDetail(key, permit.decision(), 1)));
    if (permit.granted()) {
      context.fireChannelRead(message);
    } else {
      ReferenceCountUtil.release(message);
      answerDenied(context);
    }
  }

  /** Answers denied calls, but not before those ahead of them in the same connection. */
  private void answerDenied(ChannelHandlerContext context) {
    while (!calls.isEmpty() && !calls.peek().permit().granted()) {
      ThrottledBody body = ThrottledBody.detail(calls.peek().permit().decision());
      byte[] bytes = body.text().getBytes(StandardCharsets.US_ASCII);
      FullHttpResponse response = new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1,
          HttpResponseStatus.valueOf(body.status()),
          Unpooled.wrappedBuffer(bytes));
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, body.contentType());
      response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
      headers.write(calls.poll().decision(), Instant.now(), response.headers()::set);
      context.writeAndFlush(response);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    Call call = calls.peek();
    if (call != null && message instanceof HttpResponse response) {
      headers.write(call.decision(), Instant.now(), response.headers()::set);
    }
    if (call != null && message instanceof LastHttpContent) {
      calls.poll();
      context.write(message, promise.unvoid().addListener(sent -> call.permit().close()));
      answerDenied(context);
    } else {
      context.write(message, promise);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    calls.forEach(call -> call.permit().close()); // the client went away
    calls.clear();
    context.fireChannelInactive();
  }
}
