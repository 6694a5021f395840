package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.http.Backoff;
import io.limiter.http.ResponseHeaders;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoliteClientTest {
  private final Limits limits = Limits.parse("5/second");
  private final RateLimiter limiter = limits.newRateLimiter();
  private final ResponseHeaders headers = ResponseHeaders.of(limits);
  private final List<Boolean> verdicts = new CopyOnWriteArrayList<>();
  private final RateLimiter unlimited = RateLimiter.unlimited(NanoClock.system());
  private HttpServer server;
  private HttpRequest request;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      var decision = limiter.decideInDetail(1);
      verdicts.add(decision.admitted());
      headers.write(decision, Instant.now(), exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(decision.admitted() ? 200 : 429, -1);
      exchange.close();
    });
    server.start();
    request = new Requests(server.getAddress().getPort()).request("/", "ada");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void clientThatObeysTheHeaders_isNeverDenied() throws IOException, InterruptedException {
    PoliteClient client = new PoliteClient(unlimited, Backoff.of());
    for (int call = 0; call < 12; call++) {
      assertEquals(200, client.send(request).statusCode());
    }
    assertEquals(12, verdicts.size());
    assertTrue(verdicts.stream().allMatch(admitted -> admitted), verdicts::toString);
  }

  @Test
  void clientThatWasDenied_waitsAsTold_andIsServed() throws IOException, InterruptedException {
    limiter.acquireForced(9); // others have spent it all, and more
    PoliteClient client = new PoliteClient(
        unlimited, Backoff.of(1, Duration.ofNanos(1), Duration.ofNanos(1), n -> 0));
    assertEquals(200, client.send(request).statusCode());
    assertEquals(List.of(false, true), verdicts);
  }

  @Test
  void clientThatMayNotRetry_getsTheDenial() throws IOException, InterruptedException {
    limiter.penalize(Duration.ofDays(1));
    PoliteClient client = new PoliteClient(
        unlimited, Backoff.of(0, Duration.ofNanos(1), Duration.ofNanos(1), n -> 0));
    assertEquals(429, client.send(request).statusCode());
    assertEquals(List.of(false), verdicts);
  }
}
