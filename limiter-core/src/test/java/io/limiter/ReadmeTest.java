package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples of the README about waiting, restarts and changes: they compile, run, and are the same. */
class ReadmeTest {
  private static final Pattern HERE =
      Pattern.compile("// README: (.*)\n(?s)(.*?)\n *// README ends");

  private final ManualClock clock = ManualClock.create();
  private final RateLimiter limiter = Limits.parse("480/minute, 3/second").newRateLimiter(clock);
  private final Gate gate = Limits.parse("60/hour, 5 concurrent").newGate(clock);
  private int calls;

  private long call() {
    return ++calls;
  }

  @Test
  void waiting() throws InterruptedException {
    RateLimiter limiter = Gcra.create(Rate.perSecond(1_000), 2_000, clock);
    // README: Waiting, and paying later
    if (limiter.tryAcquire(1, Duration.ofMillis(200))) call();
    limiter.acquireAsync(1, Duration.ofSeconds(2)).thenAccept(admitted -> {
      if (admitted) call();
    });
    Reservation reserved = limiter.awaitReservation(1_000, Duration.ofSeconds(2));
    if (reserved.granted()) {
      reserved.settle(call());
    }
    limiter.acquireForced(5_000, Duration.ofMinutes(1));
    limiter.penalize(Duration.ofSeconds(30));
    // README ends
    assertEquals(3, calls);
    assertEquals(Duration.ofSeconds(30).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void restartAndChange(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("snapshot");
    limiter.tryAcquire(3);
    // README: Surviving a restart, and changing the rules
    Files.writeString(file, limiter.snapshot().toString());
    limiter.restore(Snapshot.parse(Files.readString(file)));
    Limits.parse("600/minute, 5/second").applyTo(limiter);
    gate.reconfigure(
        Limits.parse("90/hour, 8 concurrent").newGate(gate.clock()), LevelPolicy.PROPORTIONAL);
    // README ends
    assertFalse(limiter.tryAcquire());
    assertEquals("AllOf[Gcra[600/minute burst 600], Gcra[5/second burst 5]]", limiter.toString());
    assertEquals(8, gate.peek(1).remaining());
  }

  @Test
  void readme_codeHere_isTheCodeThere() throws IOException {
    String here = Files.readString(Path.of("src/test/java/io/limiter/ReadmeTest.java"));
    String readme = Files.readString(Path.of("../README.md"));
    Matcher examples = HERE.matcher(here.substring(here.indexOf("private long call")));
    int count = 0;
    while (examples.find()) {
      count++;
      assertEquals(code(blockOf(readme, examples.group(1))), code(examples.group(2)));
    }
    assertEquals(2, count);
    assertThrows(IllegalArgumentException.class, () -> blockOf(readme, "Nothing"));
    assertTrue(code("a(); // b\n  c();").equals("a();c();"));
  }

  private static String blockOf(String readme, String heading) {
    Matcher block = Pattern.compile("## " + Pattern.quote(heading) + "\n\n```java\n(?s)(.*?)\n```")
        .matcher(readme);
    if (!block.find()) {
      throw new IllegalArgumentException(heading);
    }
    return block.group(1);
  }

  /** Without comments and white space. */
  private static String code(String text) {
    return text.replaceAll("//.*", "").replaceAll("\\s", "");
  }
}
