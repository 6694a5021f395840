package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The example of the README, from a rule to a 429: it compiles, and it says what it shows. */
class ReadmeExampleTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_704_225_600);

  private final ManualClock clock = ManualClock.create();
  private final Response response = new Response();

  /** The part of an HTTP library that the example needs. */
  private static final class Response {
    final Map<String, String> headers = new TreeMap<>();
    int status;
    String body = "";

    void setHeader(String name, String value) {
      headers.put(name, value);
    }

    void send(int newStatus, String newBody) {
      status = newStatus;
      body = newBody;
    }
  }

  private Limits limits;
  private Gate gate;
  private ResponseHeaders headers;

  private void start(NanoClock clock) {
    // README: from here
    limits = Limits.parse("60/hour, 3/second, 5 concurrent");
    gate = limits.newGate(clock);
    headers = ResponseHeaders.of(limits);
    // to here, with NanoClock.system() for the clock
  }

  private void serve(Instant now) {
    // README: and from here
    try (Permit permit = gate.tryEnter()) {
      headers.write(gate.inDetail(permit.decision(), 1), now, response::setHeader);
      if (permit.granted()) {
        response.send(200, "hello");
      } else {
        response.send(429, ThrottledBody.detail(permit.decision()).text());
      }
    }
    // to here, with Instant.now() for now
  }

  @Test
  void serve_whileThereArePermits_sends200() {
    start(clock);
    serve(NOW);
    assertEquals(200, response.status);
    assertEquals("3", response.headers.get("X-RateLimit-Limit"));
    assertEquals("2", response.headers.get("X-RateLimit-Remaining"));
    assertEquals("1704225601", response.headers.get("X-RateLimit-Reset"));
    assertTrue(!response.headers.containsKey("Retry-After"));
  }

  @Test
  void serve_fourthInASecond_sends429() {
    start(clock);
    for (int i = 0; i < 4; i++) {
      response.headers.clear();
      serve(NOW);
    }
    assertEquals(429, response.status);
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "3",
            "X-RateLimit-Remaining", "0",
            "X-RateLimit-Reset", "1704225601",
            "RateLimit-Policy",
                "\"60/hour\";q=60;w=3600, \"3/second\";q=3;w=1, "
                    + "\"5 concurrent\";q=5;qu=\"concurrent-requests\"",
            "RateLimit", "\"60/hour\";r=57;t=1, \"3/second\";r=0;t=1, \"5 concurrent\";r=5",
            "Retry-After", "1"),
        response.headers);
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 1 second.\"}", response.body);
  }
}
