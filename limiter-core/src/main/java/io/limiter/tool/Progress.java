package io.limiter.tool;

import io.limiter.NanoClock;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Tells on a terminal how far a long log has been read; says nothing about a short one. */
final class Progress extends FilterInputStream {
  private static final long FIRST_NANOS = 1_000_000_000; // silence before the first word
  private static final long EVERY_NANOS = 250_000_000;
  private static final long MB = 1_000_000;

  private final NanoClock clock;
  private final PrintStream err;
  private final long totalBytes; // 0 if unknown
  private long bytes;
  private long nextNanos; // reading of the clock
  private boolean shown;

  /** Counts what is read of {@code in}; {@code totalBytes} is 0 if unknown. */
  Progress(InputStream in, long totalBytes, PrintStream err, NanoClock clock) {
    super(in);
    this.totalBytes = totalBytes;
    this.err = err;
    this.clock = clock;
    this.nextNanos = clock.nanoTime() + FIRST_NANOS;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    int read = super.read(buffer, from, length);
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
    return read;
  }

  /** Whether standard error is a terminal, as far as can be told without native code. */
  static boolean isTerminal() {
    try {
      Path stderr = Path.of("/proc/self/fd/2");
      if (Files.isSymbolicLink(stderr)) {
        String target = Files.readSymbolicLink(stderr).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      }
    } catch (IOException | InvalidPathException e) {
      return false;
    }
    // Without /proc: since 22 there is a console even where there is no terminal.
    return Runtime.version().feature() < 22 && System.console() != null;
  }
}
