package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Rate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcLimitsTest {
  private final ManualClock clock = ManualClock.create();
  private final ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(2, clock);
  private final Gate gate = Gate.builder(clock)
      .rate(Gcra.create(Rate.perSecond(3), 6, clock))
      .concurrency(concurrency)
      .build();
  private final Semaphore inside = new Semaphore(0);
  private final MethodDescriptor<String, String> method =
      MethodDescriptor.<String, String>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("Echo/Say")
          .setRequestMarshaller(new Text())
          .setResponseMarshaller(new Text())
          .build();

  private Server server;
  private ManagedChannel channel;

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    ServerServiceDefinition echo = ServerServiceDefinition.builder("Echo")
        .addMethod(method, ServerCalls.asyncUnaryCall((said, answer) -> {
          inside.release();
          switch (said) {
            case "wait" -> {} // the client has to cancel
            case "fail" -> throw new IllegalStateException("on purpose");
            default -> {
              answer.onNext(said);
              answer.onCompleted();
            }
          }
        }))
        .build();
    String name = InProcessServerBuilder.generateName();
    server = InProcessServerBuilder.forName(name)
        .addService(echo)
        .intercept(new GrpcLimits(gate))
        .build()
        .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private String say(String text) {
    return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, text);
  }

  private void awaitEmpty() {
    while (concurrency.inFlight() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void calls_areAdmittedAsTheFormulaSays_andToldWhenToComeBack() {
    for (int i = 0; i < 6; i++) {
      assertEquals("hello", say("hello"));
      awaitEmpty();
    }
    StatusRuntimeException denied = assertThrows(StatusRuntimeException.class, () -> say("hello"));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, denied.getStatus().getCode());
    Metadata trailers = denied.getTrailers();
    assertEquals("334", trailers.get(GrpcLimits.PUSHBACK)); // 333.3 ms, rounded up
    clock.advance(Duration.ofMillis(334));
    assertEquals("hello", say("hello"));
  }

  @Test
  void callsThatFailOrAreCancelled_leaveNothingInFlight() throws InterruptedException {
    assertThrows(StatusRuntimeException.class, () -> say("fail"));
    awaitEmpty();
    ClientCall<String, String> first = channel.newCall(method, CallOptions.DEFAULT);
    ClientCall<String, String> second = channel.newCall(method, CallOptions.DEFAULT);
    ClientCalls.futureUnaryCall(first, "wait");
    ClientCalls.futureUnaryCall(second, "wait");
    inside.acquire(3);
    StatusRuntimeException denied = assertThrows(StatusRuntimeException.class, () -> say("hello"));
    assertEquals(false, denied.getTrailers().containsKey(GrpcLimits.PUSHBACK)); // nobody knows
    first.cancel("gone", null);
    second.cancel("gone", null);
    awaitEmpty();
    assertEquals("hello", say("hello"));
  }
}
