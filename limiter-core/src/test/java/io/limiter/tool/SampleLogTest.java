package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleLogTest {

  @Test
  void sample_generator_makesTheSameBytes() throws IOException {
    try (InputStream sample = Main.class.getResourceAsStream("sample.log")) {
      assertArrayEquals(
          SampleLogGenerator.generate(),
          sample.readAllBytes(),
          "run SampleLogGenerator with the path of src/main/resources/io/limiter/tool/sample.log");
    }
  }

  @Test
  void sample_addresses_areThoseForDocumentation() {
    new String(SampleLogGenerator.generate(), StandardCharsets.US_ASCII)
        .lines()
        .forEach(line -> assertFalse(
            !line.startsWith("192.0.2.")
                && !line.startsWith("198.51.100.")
                && !line.startsWith("203.0.113."),
            line));
  }

  @Test
  void sample_replay_isSlightlyOutOfOrderAndDeniesAFew() throws IOException {
    LogReader log = LogReader.read(new ByteArrayInputStream(SampleLogGenerator.generate()), true);
    assertTrue(
        IntStream.range(0, log.events().size()).anyMatch(i -> log.events().ranked(i) != i));
    assertEquals(0, log.skipped());
    Replay replay = Replay.run(log, Limits.parse("3/second, 60/hour"));
    assertEquals(3, replay.keysDenied());
  }
}
