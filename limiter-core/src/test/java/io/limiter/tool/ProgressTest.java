package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.ManualClock;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final int MB = 1_000_000;

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE);
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  /** Reads so many MB in as many steps of so many ms, and then the end. */
  private String read(int steps, long totalBytes, long stepMillis) throws IOException {
    InputStream endless = new InputStream() {
      private int reads;

      @Override
      public int read() {
        throw new AssertionError("byte by byte");
      }

      @Override
      public int read(byte[] buffer, int from, int length) {
        clock.advanceNanos(stepMillis * 1_000_000);
        return reads++ < steps ? MB : -1;
      }
    };
    // As the one of the command line, it shows nothing until it is flushed.
    PrintStream err =
        new PrintStream(new BufferedOutputStream(shown), false, StandardCharsets.UTF_8);
    Progress watcher = new Progress(totalBytes, err, clock);
    try (InputStream progress = watcher.watch(endless)) {
      byte[] buffer = new byte[MB];
      int read;
      do {
        read = progress.read(buffer, 0, MB);
        int before = shown.size();
        err.flush();
        assertEquals(before, shown.size(), "not flushed");
      } while (read >= 0);
    }
    return shown.toString(StandardCharsets.UTF_8);
  }

  @Test
  void progress_shortLog_isSilent() throws IOException {
    assertEquals("", read(4, 4 * MB, 100));
  }

  @Test
  void progress_longLog_isShownAndWipedAtTheEnd() throws IOException {
    assertEquals(
        "\rread 2 of 4 MB\rread 3 of 4 MB\rread 4 of 4 MB\r" + " ".repeat(40) + "\r",
        read(4, 4 * MB, 500));
  }

  @Test
  void progress_unknownLength_isShownWithoutATotal() throws IOException {
    assertEquals("\rread 3 MB\rread 4 MB\r" + " ".repeat(40) + "\r", read(4, 0, 400));
  }

  @Test
  void progress_manyReads_areShownFourTimesASecond() throws IOException {
    assertEquals(
        "\rread 10 MB\rread 13 MB\rread 16 MB\rread 19 MB\r" + " ".repeat(40) + "\r",
        read(20, 0, 100));
  }
}
