package io.limiter.tool;

import io.limiter.NanoClock;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;

/** Tells on a terminal how far long logs have been read; says nothing about short ones. */
final class Progress {
  private static final long FIRST_NANOS = 1_000_000_000; // silence before the first word
  private static final long EVERY_NANOS = 250_000_000;
  private static final long MB = 1_000_000;

  private final NanoClock clock;
  private final PrintStream err;
  private final long totalBytes; // 0 if unknown
  private long bytes;
  private long nextNanos; // reading of the clock
  private boolean shown;

  /** For logs of so many bytes together; {@code totalBytes} is 0 if unknown. */
  Progress(long totalBytes, PrintStream err, NanoClock clock) {
    this.totalBytes = totalBytes;
    this.err = err;
    this.clock = clock;
    this.nextNanos = clock.nanoTime() + FIRST_NANOS;
  }

  /** A stream that counts what is read of {@code in}. */
  InputStream watch(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] buffer, int from, int length) throws IOException {
        int read = super.read(buffer, from, length);
        count(read);
        return read;
      }
    };
  }

  private void count(int read) {
    if (read > 0) {
      bytes += read;
      long now = clock.nanoTime();
      if (now - nextNanos >= 0) {
        nextNanos = now + EVERY_NANOS;
        shown = true;
        String total = totalBytes == 0 ? "" : " of " + totalBytes / MB;
        err.print("\rread " + bytes / MB + total + " MB");
        err.flush();
      }
    } else if (shown) {
      shown = false;
      err.print("\r" + " ".repeat(40) + "\r");
      err.flush();
    }
  }
}
