package io.limiter.tool;

import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts a stream of bytes into lines without copying them: a line ends at LF or at the end of the
 * stream. A line that does not fit in the buffer is handed out once, cut, and its rest is dropped; so
 * memory is the buffer, whatever the stream holds.
 */
final class LineSplitter {
  /** Takes one line: {@code bytes[from..to)}, valid during the call alone. */
  @FunctionalInterface
  interface LineSink {
    /**
     * Takes a line.
     *
     * @param number the number of the line, from 1
     * @param cut whether the line is longer than this
     */
    void line(long number, byte[] bytes, int from, int to, boolean cut) throws IOException;
  }

  private final byte[] buffer;
  private final LineSink sink;
  private int filled; // bytes of the buffer that hold the line so far
  private boolean dropping; // the rest of a line that was cut
  private long number;

  private LineSplitter(int bufferBytes, LineSink sink) {
    this.buffer = new byte[bufferBytes];
    this.sink = sink;
  }

  /** Hands every line of {@code in} to {@code sink}, by way of a buffer of so many bytes. */
  static void split(InputStream in, int bufferBytes, LineSink sink) throws IOException {
    LineSplitter splitter = new LineSplitter(bufferBytes, sink);
    int read;
    while ((read = in.read(splitter.buffer, splitter.filled, bufferBytes - splitter.filled)) >= 0) {
      splitter.take(read);
    }
    if (splitter.filled > 0) {
      splitter.emit(0, splitter.filled, false);
    }
  }

  /** Hands out the lines that {@code read} more bytes complete, and keeps the start of the next. */
  private void take(int read) throws IOException {
    int end = filled + read;
    int lineStart = 0;
    int i = Bytes.indexOf(buffer, filled, end, (byte) '\n');
    while (i < end) {
      if (!dropping) {
        emit(lineStart, i, false);
      }
      dropping = false;
      lineStart = i + 1;
      i = Bytes.indexOf(buffer, lineStart, end, (byte) '\n');
    }
    if (lineStart == 0 && end == buffer.length && !dropping) {
      emit(0, end, true);
      dropping = true;
    }
    filled = dropping ? 0 : end - lineStart;
    System.arraycopy(buffer, lineStart, buffer, 0, filled);
  }

  private void emit(int from, int to, boolean cut) throws IOException {
    number++;
    sink.line(number, buffer, from, to, cut);
  }
}
