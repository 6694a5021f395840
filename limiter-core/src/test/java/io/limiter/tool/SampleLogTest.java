package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleLogTest {

  /** The README shows what comes of these bytes; other random numbers would make another log. */
  @Test
  void sample_isTheSameBytesEachTime() throws NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(SampleLog.generate());
    assertEquals("c97fa4cfc28dcba2", HexFormat.of().formatHex(hash, 0, 8));
  }

  @Test
  void sample_addresses_areThoseForDocumentation() {
    new String(SampleLog.generate(), StandardCharsets.US_ASCII)
        .lines()
        .forEach(line -> assertFalse(
            !line.startsWith("192.0.2.")
                && !line.startsWith("198.51.100.")
                && !line.startsWith("203.0.113."),
            line));
  }

  @Test
  void sample_replay_isSlightlyOutOfOrderAndDeniesAFew() {
    String text = new String(SampleLog.generate(), StandardCharsets.US_ASCII);
    List<String> times =
        text.lines().map(line -> line.replaceAll(".*\\[|\\].*", "")).toList();
    assertTrue(IntStream.range(1, times.size())
        .anyMatch(i -> times.get(i).compareTo(times.get(i - 1)) < 0));
    Log log = ToolRun.read(text);
    assertEquals(0, log.skipped());
    assertEquals(3, ToolRun.replay("3/second, 60/hour", log).keysDenied());
  }
}
