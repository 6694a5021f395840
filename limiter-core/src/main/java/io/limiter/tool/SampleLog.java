package io.limiter.tool;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Makes the log that is read if none is named: six hours of a small web server, in Combined Log
 * Format, with addresses that are reserved for documentation. Lines are in the order in which the
 * requests ended, as a server writes them, and show when they began; so they are slightly out of
 * order. The same bytes each time: the seed is {@value #SEED}.
 *
 * <p>Most clients are readers. A few exceed {@code 3/second, 60/hour}: a crawler, a monitor that
 * asks for everything at once, and someone who tries passwords.
 */
final class SampleLog {
  static final long SEED = 20_260_301;

  private static final int HOUR = 3_600_000; // ms
  private static final int HOURS = 6;
  private static final int FROM_HOUR = 9;

  private record Request(int ended, String line) {}

  private final Random random = new Random(SEED); // its algorithm is part of its specification
  private final List<Request> requests = new ArrayList<>();

  private SampleLog() {}

  /** The bytes of the sample log. */
  static byte[] generate() {
    SampleLog sample = new SampleLog();
    for (int i = 0; i < 60; i++) {
      sample.reader("192.0.2." + (i + 10));
    }
    sample.crawler("198.51.100.23");
    sample.monitor("203.0.113.5");
    sample.guesser("203.0.113.77");
    return sample.log();
  }

  /** Opens a few pages, each with what belongs to it. */
  private void reader(String client) {
    int pages = 3 + random.nextInt(7);
    int time = random.nextInt(HOURS * HOUR);
    for (int i = 0; i < pages; i++) {
      String page = "/notes/" + (1 + random.nextInt(40));
      request(client, time, "GET", page, 200, 3_000 + random.nextInt(9_000), "Mozilla/5.0");
      int parts = random.nextInt(3);
      for (int j = 0; j < parts; j++) {
        int later = time + 150 + random.nextInt(500);
        request(client, later, "GET", page + "/" + j + ".png", 200, 20_000, "Mozilla/5.0");
      }
      time += 5_000 + random.nextInt(240_000);
    }
  }

  /** Reads everything, one page every few seconds, for over an hour. */
  private void crawler(String client) {
    int time = 2 * HOUR + random.nextInt(60_000);
    for (int i = 0; i < 520; i++) {
      request(client, time, "GET", "/notes/" + i, i < 41 ? 200 : 404, 900, "crawler/1.0");
      time += 6_000 + random.nextInt(5_000);
    }
  }

  /** Asks for ten things at once, every quarter of an hour. */
  private void monitor(String client) {
    for (int time = 0; time < HOURS * HOUR; time += HOUR / 4) {
      for (int i = 0; i < 10; i++) {
        request(client, time + random.nextInt(40), "HEAD", "/check/" + i, 200, 0, "monitor/2.1");
      }
    }
  }

  /** Tries passwords in three short storms. */
  private void guesser(String client) {
    for (int storm = 0; storm < 3; storm++) {
      int time = random.nextInt(HOURS * HOUR);
      for (int i = 0; i < 110; i++) {
        request(client, time, "POST", "/login", 401, 210, "-");
        time += 100 + random.nextInt(200);
      }
    }
  }

  private void request(
      String client, int time, String method, String path, int status, int bytes, String agent) {
    if (time >= HOURS * HOUR) {
      return;
    }
    int ended = time + 20 + random.nextInt(random.nextInt(20) == 0 ? 6_000 : 400);
    String line = client
        + " - - [01/Mar/2026:"
        + two(FROM_HOUR + time / HOUR)
        + ":"
        + two(time / 60_000 % 60)
        + ":"
        + two(time / 1_000 % 60)
        + " +0000] \""
        + method
        + " "
        + path
        + " HTTP/1.1\" "
        + status
        + " "
        + bytes
        + " \"-\" \""
        + agent
        + "\"\n";
    requests.add(new Request(ended, line));
  }

  private byte[] log() {
    requests.sort(Comparator.comparingInt(Request::ended));
    StringBuilder log = new StringBuilder();
    requests.forEach(request -> log.append(request.line()));
    return log.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static String two(int number) {
    return (number < 10 ? "0" : "") + number;
  }
}
