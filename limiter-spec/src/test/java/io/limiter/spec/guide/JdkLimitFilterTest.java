package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkLimitFilterTest {
  private final ManualClock clock = ManualClock.create();
  private final KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(
          Limits.parse("20/hour, 100/minute, 4 concurrent"), clock)
      .build();
  private final KeyedLimiter<String> noConcurrency =
      KeyedLimiter.<String>builder(Limits.parse("20/hour"), clock).build();
  private final ExecutorService threads = Executors.newFixedThreadPool(40);
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

  /** At the end wrk goes away in the middle of its requests. */
  @Test
  void loadByWrk_isAdmittedByTheFormulaAndLeavesNothingInFlight(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(Integer.getInteger("clients.requests", 0) > 0, "not asked for: -Pdeep");
    assumeTrue(isInstalled("wrk"), "not installed: wrk (apt-get install wrk)");
    KeyedLimiter<String> real = KeyedLimiter.<String>builder(
            Limits.parse("40/second, 64 concurrent"), NanoClock.system())
        .build();
    AtomicInteger admitted = new AtomicInteger();
    server
        .createContext("/load", exchange -> {
          admitted.incrementAndGet();
          LockSupport.parkNanos(200_000_000); // so that many are here at the end
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(new byte[1 << 18]);
          }
        })
        .getFilters()
        .add(new JdkLimitFilter(real));
    long start = System.nanoTime();
    Map<String, Integer> seen = wrk(folder, "http:/" + server.getAddress() + "/load");
    server.stop(0);
    threads.shutdown();
    assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS), "nobody is inside");
    long elapsed = System.nanoTime() - start;
    System.out.println("wrk saw " + seen + ", " + admitted + " were admitted");
    assertEquals(0, seen.get("other"));
    assertTrue(seen.get("denied") > 0, "denied with Retry-After");
    assertTrue(seen.get("admitted") > 40, "more than the burst");
    assertTrue(seen.get("admitted") < admitted.get(), "wrk goes away in the middle of requests");
    assertTrue(admitted.get() <= 40 + elapsed * 40.0 / 1_000_000_000, () -> "in " + elapsed);
    Decision none = real.peek("ada", 0);
    assertEquals(64, real.inDetail("ada", none, 1).rules().get(1).remaining());
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** What 32 connections see in 3 seconds. */
  private static Map<String, Integer> wrk(Path folder, String url)
      throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("count.lua"), """
        local clients = {}
        function setup(thread) table.insert(clients, thread) end
        admitted, denied, other = 0, 0, 0
        function response(status, headers, body)
          local waits = false
          for name in pairs(headers) do waits = waits or name:lower() == "retry-after" end
          if status == 200 then admitted = admitted + 1
          elseif status == 429 and waits then denied = denied + 1
          else other = other + 1 end
        end
        function done()
          for _, name in ipairs({"admitted", "denied", "other"}) do
            print("seen " .. name .. " " .. clients[1]:get(name))
          end
        end
        """);
    List<String> command =
        List.of("wrk", "-t1", "-c32", "-d3s", "-s", script + "", "-H", "X-Api-Key: ada", url);
    Process wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, wrk.waitFor(), output);
    Map<String, Integer> seen = new TreeMap<>();
    output
        .lines()
        .map(line -> line.split(" "))
        .filter(words -> words[0].equals("seen"))
        .forEach(words -> seen.put(words[1], Integer.parseInt(words[2])));
    assertEquals(3, seen.size(), output);
    return seen;
  }
}
