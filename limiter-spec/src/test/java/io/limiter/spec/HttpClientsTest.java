package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.http.ResponseHeaders;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real HTTP clients call a plain HTTP server, which writes its header fields with {@link
 * ResponseHeaders}. Each client looks at another field and waits as it says. No client may be denied
 * right after a wait.
 *
 * <p>There are six rule texts. For each of them a client runs in a process of its own, which is alone
 * with its limiter. All processes run at once, because nearly all of the time they wait.
 *
 * <p>Runs where it is asked for, as it needs programs from outside and a machine that is not overloaded:
 * {@code -Dclients.requests=N} makes N requests in all, of which 1,260 take some 10 seconds. {@code
 * -Pdeep} makes 10,000, which takes about 80 seconds. A client that is not installed is skipped.
 */
class HttpClientsTest {
  private static final int REQUESTS = Integer.getInteger("clients.requests", 0);

  /** About 10 requests per second each, so that a slow computer has to wait, too. */
  private static final List<String> RULES = List.of(
      "10/second",
      "20/2s burst 12",
      "12/second, 50/5s",
      "20/2s sliding-log",
      "30/3s fixed-window",
      "12/second, 600/minute burst 20, 5 concurrent");

  /** A denied call needs a wait of nearly 2 s: rounded down, it is too short by nearly a second. */
  private static final String WRONG_RULE = "1/2s";

  private static final int WRONG_REQUESTS = 8;

  private static final Pattern EFFECTIVE_WINDOW = Pattern.compile("(?<=;t=)\\d+");

  private static final int REQUESTS_PER_RULE =
      ceilDiv(REQUESTS, RULES.size() * Client.values().length);

  /** Of the clients that are installed. */
  private static final Map<Client, Run> RUNS = new EnumMap<>(Client.class);

  /** The same clients with a wrong server, which rounds the waits down. */
  private static final Map<Client, Run> WRONG_RUNS = new EnumMap<>(Client.class);

  private enum Client {
    /** Waits as {@code Retry-After} says. */
    CURL("curl.sh", List.of("sh"), List.of("curl", "--retry", "1", "--version")),
    /** Waits until {@code X-RateLimit-Reset}. */
    URLLIB(
        "urllib_client.py", List.of("python3"), List.of("python3", "-c", "import urllib.request")),
    /** Waits as {@code t} of {@code RateLimit} says. */
    FETCH("fetch_client.mjs", List.of("node"), List.of("node", "-e", "fetch"));

    private final String script;
    private final List<String> interpreter;
    private final List<String> trial;

    Client(String script, List<String> interpreter, List<String> trial) {
      this.script = script;
      this.interpreter = interpreter;
      this.trial = trial;
    }

    boolean isInstalled() throws InterruptedException {
      try {
        return new ProcessBuilder(trial)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0;
      } catch (IOException e) {
        return false;
      }
    }

    /** Starts it; prints two numbers at its end: its waits, and how many of them were too short. */
    Process start(String url, int requests) throws IOException, URISyntaxException {
      List<String> command = new ArrayList<>(interpreter);
      command.add(Path.of(HttpClientsTest.class.getResource("clients/" + script).toURI())
          .toString());
      command.add(url);
      command.add(Integer.toString(requests));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put("no_proxy", "127.0.0.1");
      builder.environment().put("NO_PROXY", "127.0.0.1");
      return builder.start();
    }
  }

  /** Passes header fields on, as they are or not. */
  private interface Fields {
    void accept(String name, String value, BiConsumer<String, String> next);
  }

  /** One path for each rule text: {@code /0}, {@code /1} and so on. */
  private static final class Server implements AutoCloseable {
    final HttpServer http;
    final Fields fields;
    final AtomicLong requests = new AtomicLong();
    final AtomicLong denials = new AtomicLong();

    Server(List<String> rules, Fields fields) throws IOException {
      this.fields = fields;
      http = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
      for (int i = 0; i < rules.size(); i++) {
        add("/" + i, Limits.parse(rules.get(i)));
      }
      http.start();
    }

    private void add(String path, Limits limits) {
      ResponseHeaders headers = ResponseHeaders.of(limits);
      if (limits.concurrency().isEmpty()) {
        RateLimiter limiter = limits.newRateLimiter();
        http.createContext(path, exchange -> answer(exchange, headers, limiter.decideInDetail(1)));
        return;
      }
      Gate gate = limits.newGate();
      http.createContext(path, exchange -> {
        try (Permit permit = gate.tryEnter()) {
          answer(exchange, headers, gate.inDetail(permit.decision(), 1));
        }
      });
    }

    private void answer(HttpExchange exchange, ResponseHeaders headers, DetailedDecision decision)
        throws IOException {
      requests.incrementAndGet();
      if (!decision.admitted()) {
        denials.incrementAndGet();
      }
      BiConsumer<String, String> response = exchange.getResponseHeaders()::set;
      headers.write(decision, Instant.now(), (name, value) -> fields.accept(name, value, response));
      exchange.sendResponseHeaders(decision.admitted() ? 200 : 429, -1);
      exchange.close();
    }

    String url(int rule) {
      return "http://127.0.0.1:" + http.getAddress().getPort() + "/" + rule;
    }

    @Override
    public void close() {
      http.stop(0);
    }
  }

  /** What a client says about one rule text. */
  private record Report(String rule, long waits, long early) {}

  /** A client at work: a server for it alone, and a process for each rule text. */
  private static final class Run implements AutoCloseable {
    final Client client;
    final List<String> rules;
    final Server server;
    final List<Process> processes = new ArrayList<>();

    Run(Client client, List<String> rules, int requests, Fields fields)
        throws IOException, URISyntaxException {
      this.client = client;
      this.rules = rules;
      server = new Server(rules, fields);
      for (int i = 0; i < rules.size(); i++) {
        processes.add(client.start(server.url(i), requests));
      }
    }

    /** Waits until the client has made all its requests. */
    List<Report> reports() throws IOException, InterruptedException {
      List<Report> reports = new ArrayList<>();
      for (int i = 0; i < rules.size(); i++) {
        Process process = processes.get(i);
        String[] numbers = text(process).strip().split(" ");
        assertEquals(0, process.waitFor(), () -> client + " failed");
        reports.add(
            new Report(rules.get(i), Long.parseLong(numbers[0]), Long.parseLong(numbers[1])));
      }
      return reports;
    }

    private static String text(Process process) throws IOException {
      try (InputStream output = process.getInputStream()) {
        return new String(output.readAllBytes(), StandardCharsets.UTF_8);
      }
    }

    @Override
    public void close() {
      processes.forEach(Process::destroyForcibly);
      server.close();
    }
  }

  @BeforeAll
  static void startAllClients() throws IOException, URISyntaxException, InterruptedException {
    if (REQUESTS == 0) {
      return;
    }
    Fields asTheyAre = (name, value, next) -> next.accept(name, value);
    List<String> wrongRules = List.of(WRONG_RULE);
    for (Client client : Client.values()) {
      if (client.isInstalled()) {
        RUNS.put(client, new Run(client, RULES, REQUESTS_PER_RULE, asTheyAre));
        WRONG_RUNS.put(
            client, new Run(client, wrongRules, WRONG_REQUESTS, HttpClientsTest::roundedDown));
      }
    }
  }

  @AfterAll
  static void stopAllClients() {
    for (Map<Client, Run> runs : List.of(RUNS, WRONG_RUNS)) {
      runs.values().forEach(Run::close);
      runs.clear();
    }
  }

  private static void assumeInstalled(Client client) {
    assumeTrue(REQUESTS > 0, "not asked for: -Dclients.requests=N");
    assumeTrue(RUNS.containsKey(client), "not installed: " + client.trial.get(0));
  }

  @ParameterizedTest
  @EnumSource
  void waitAsTold_byARealClient_isNeverTooShort(Client client)
      throws IOException, InterruptedException {
    assumeInstalled(client);
    Run run = RUNS.get(client);
    List<Report> reports = run.reports();
    System.out.println(client + ": " + run.server.requests + " requests, " + run.server.denials
        + " denials, " + sum(reports, Report::waits) + " waits, " + sum(reports, Report::early)
        + " of them too short");
    for (Report report : reports) {
      assertEquals(0, report.early, report::toString);
    }
    assertTrue(sum(reports, Report::waits) > 0, () -> "nothing was tested: " + reports);
    long expected = (long) REQUESTS_PER_RULE * RULES.size();
    assertTrue(run.server.requests.get() >= expected, "requests are missing");
  }

  private static long sum(List<Report> reports, ToLongFunction<Report> number) {
    return reports.stream().mapToLong(number).sum();
  }

  @ParameterizedTest
  @EnumSource
  void waitAsTold_roundedDown_isTooShort(Client client) throws IOException, InterruptedException {
    assumeInstalled(client);
    Report report = WRONG_RUNS.get(client).reports().get(0);
    assertTrue(report.early > 0, report::toString);
  }

  private static void roundedDown(String name, String value, BiConsumer<String, String> next) {
    next.accept(
        name,
        switch (name) {
          case "Retry-After", "X-RateLimit-Reset" -> lessOne(value);
          case "RateLimit" ->
            EFFECTIVE_WINDOW.matcher(value).replaceAll(match -> lessOne(match.group()));
          default -> value;
        });
  }

  private static int ceilDiv(int n, int by) {
    return (n + by - 1) / by;
  }

  private static String lessOne(String number) {
    return Long.toString(Long.parseLong(number) - 1);
  }
}
