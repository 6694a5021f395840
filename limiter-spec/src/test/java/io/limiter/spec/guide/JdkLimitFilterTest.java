package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.limiter.ManualClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JdkLimitFilterTest {
  private final ManualClock clock = ManualClock.create();
  private final KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(
          Limits.parse("20/hour, 100/minute, 4 concurrent"), clock)
      .build();
  private final KeyedLimiter<String> noConcurrency =
      KeyedLimiter.<String>builder(Limits.parse("20/hour"), clock).build();
  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final Semaphore inside = new Semaphore(0);
  private final Semaphore letGo = new Semaphore(0);

  private HttpServer server;
  private Requests requests;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server
        .createContext("/hello", exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        })
        .getFilters()
        .add(new JdkLimitFilter(noConcurrency));
    server
        .createContext("/slow", exchange -> {
          inside.release();
          letGo.acquireUninterruptibly();
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(new byte[1 << 22]); // more than buffers hold: fails if the client went away
          }
        })
        .getFilters()
        .add(new JdkLimitFilter(limiter));
    server.start();
    requests = new Requests(server.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdown();
  }

  @Test
  void requestsAtOnce_asManyAsTheFormulaSays() throws IOException, InterruptedException {
    List<HttpResponse<String>> responses = requests.together(30, "/hello", "ada");
    assertEquals(20, Requests.count(responses, 200));
    assertEquals(10, Requests.count(responses, 429));
    assertEquals(200, requests.get("/hello", "grace").statusCode());
    HttpResponse<String> denied = requests.get("/hello", "ada");
    assertEquals("180", denied.headers().firstValue("Retry-After").orElseThrow());
    assertEquals("0", denied.headers().firstValue("X-RateLimit-Remaining").orElseThrow());
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 180 seconds.\"}",
        denied.body());
    clock.advance(Duration.ofSeconds(180).minusNanos(1));
    assertEquals(429, requests.get("/hello", "ada").statusCode());
    clock.advanceNanos(1);
    assertEquals(200, requests.get("/hello", "ada").statusCode());
    assertEquals(429, requests.get("/hello", "ada").statusCode());
  }

  @Test
  void clientThatGoesAway_leavesNothingInFlight() throws IOException, InterruptedException {
    Socket[] clients = new Socket[4];
    for (int i = 0; i < clients.length; i++) {
      clients[i] = requests.silent("/slow", "ada");
    }
    inside.acquire(clients.length);
    HttpResponse<String> denied = requests.get("/slow", "ada");
    assertEquals(429, denied.statusCode());
    assertEquals(false, denied.headers().firstValue("Retry-After").isPresent()); // nobody knows
    for (Socket client : clients) {
      client.close();
    }
    letGo.release(clients.length);
    Requests.awaitFree(limiter, "ada", 4);
  }
}
