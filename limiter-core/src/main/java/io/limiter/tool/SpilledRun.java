package io.limiter.tool;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A sorted run of events in a temporary file, so that a log may be longer than memory. Each key has
 * its number + 1, its events, and 0. An event has 1, or 2 if it asks for other than one permit; the
 * time since the event before; and, after 2, its permits. Numbers take 7 bits a byte, the lowest
 * first. The first time of a key is biased, so that none is negative.
 *
 * <p>The bytes go through arrays of its own, as the streams of the JDK take a lock for each byte.
 */
final class SpilledRun implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int LONGEST_EVENT = 1 + 10 + 10; // bytes; a key has fewer
  private static final long BIAS = 1L << 62; // events are less than that away from the first

  private final Path file;

  private SpilledRun(Path file) {
    this.file = file;
  }

  /** What hands sorted events to a visitor. */
  @FunctionalInterface
  interface Source {
    void forEach(KeyedEvents visitor) throws IOException;
  }

  /** Writes what {@code source} hands out. */
  static SpilledRun write(Source source) throws IOException {
    Path file = null;
    try {
      file = Files.createTempFile("limiter", ".events");
      file.toFile().deleteOnExit();
      try (OutputStream out = Files.newOutputStream(file)) {
        Writer writer = new Writer(out);
        source.forEach(writer);
        writer.flush();
      }
      return new SpilledRun(file);
    } catch (IOException e) {
      if (file != null) {
        Files.deleteIfExists(file);
      }
      throw new IOException(
          "the log is longer than memory, and there is no room for it in "
              + System.getProperty("java.io.tmpdir")
              + " ("
              + e.getMessage()
              + "); name a directory with -Djava.io.tmpdir=DIR",
          e);
    }
  }

  /** Reads the run from its start. */
  Reader open() throws IOException {
    return new Reader(Files.newInputStream(file));
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }

  /** Writes events as bytes. */
  private static final class Writer implements KeyedEvents {
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int size; // bytes of the buffer that are to be written
    private long last; // biased time of the event before

    Writer(OutputStream out) {
      this.out = out;
    }

    @Override
    public void begin(int key) throws IOException {
      makeRoom();
      number(key + 1L);
      last = 0;
    }

    @Override
    public void event(long nanos, long permits) throws IOException {
      makeRoom();
      long at = nanos + BIAS;
      buffer[size++] = (byte) (permits == 1 ? 1 : 2);
      number(at - last);
      if (permits != 1) {
        number(permits);
      }
      last = at;
    }

    @Override
    public void end() throws IOException {
      makeRoom();
      buffer[size++] = 0;
    }

    private void makeRoom() throws IOException {
      if (size > BUFFER - LONGEST_EVENT) {
        flush();
      }
    }

    void flush() throws IOException {
      out.write(buffer, 0, size);
      size = 0;
    }

    private void number(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        buffer[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      buffer[size++] = (byte) rest;
    }
  }

  /** Reads events back, one at a time. */
  static final class Reader implements AutoCloseable {
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int position; // of the next byte in the buffer
    private int filled; // bytes in the buffer
    private int key; // of the events that follow; -1 at the end
    private long last;
    private long permits;

    private Reader(InputStream in) throws IOException {
      this.in = in;
      nextKey();
    }

    /** The key whose events follow; -1 if there are no more. */
    int key() {
      return key;
    }

    /** The time of the event, in ns since the first of the log. */
    long nanos() {
      return last - BIAS;
    }

    /** The permits of the event. */
    long permits() {
      return permits;
    }

    /** Goes to the next event of the key; if there is none, to the next key, and answers false. */
    boolean next() throws IOException {
      fill();
      int kind = position == filled ? 0 : buffer[position++];
      if (kind == 0) {
        nextKey();
        return false;
      }
      last += number();
      permits = kind == 1 ? 1 : number();
      return true;
    }

    private void nextKey() throws IOException {
      fill();
      key = position == filled ? -1 : (int) number() - 1;
      last = 0;
    }

    /** Reads more, unless the buffer has an event or the file has ended. */
    private void fill() throws IOException {
      if (filled - position < LONGEST_EVENT) {
        System.arraycopy(buffer, position, buffer, 0, filled - position);
        filled -= position;
        position = 0;
        filled += in.readNBytes(buffer, filled, BUFFER - filled);
      }
    }

    private long number() throws IOException {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        if (position == filled) {
          throw new EOFException("a temporary file was cut");
        }
        int b = buffer[position++];
        value |= (long) (b & 0x7f) << shift;
        if (b >= 0) {
          return value;
        }
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
