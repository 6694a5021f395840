package io.limiter.tool;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * One log as it was named: a file, standard input, or the sample that comes with the tool. What is
 * compressed with gzip, by its first bytes, is read as what it holds.
 */
final class LogFile {
  /** The name of standard input. */
  static final String STANDARD_INPUT = "-";

  private static final int BUFFER = 1 << 16;
  private static final byte[][] MAGIC = {
    {(byte) 0xfd, '7', 'z', 'X', 'Z'},
    {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd},
    {'B', 'Z', 'h'},
    {'P', 'K', 3, 4},
    {0x04, 0x22, 0x4d, 0x18}
  };
  private static final String[] UNPACK = {"xz -dc", "zstd -dc", "bzip2 -dc", "unzip -p", "lz4 -dc"};

  private final String name;
  private final @Nullable Path path; // null if the stream is given
  private final InputStream given; // empty if there is a path
  private @Nullable String damage; // what ended the log early, or null

  private LogFile(String name, @Nullable Path path, InputStream given) {
    this.name = name;
    this.path = path;
    this.given = given;
  }

  /** A log that is a stream. */
  static LogFile of(String name, InputStream stream) {
    return new LogFile(name, null, stream);
  }

  /** A log that is a file; one that is not there is a mistake of whoever named it. */
  static LogFile of(Path path) {
    return new LogFile(path.toString(), path, InputStream.nullInputStream());
  }

  /** The files that {@code name} stands for: itself, or those of a directory, by their names. */
  static List<Path> files(String name) throws UsageException, IOException {
    try {
      Path path = Path.of(name);
      if (!Files.exists(path)) {
        throw new NoSuchFileException(name);
      }
      if (!Files.isDirectory(path)) {
        return List.of(path);
      }
      try (Stream<Path> entries = Files.list(path)) {
        List<Path> files = entries
            .filter(entry ->
                Files.isRegularFile(entry) && !entry.getFileName().toString().startsWith("."))
            .sorted()
            .toList();
        if (files.isEmpty()) {
          throw new UsageException(shown(name) + " is a directory without files; name a log");
        }
        return files;
      }
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new UsageException("there is no file " + shown(name)
          + "; name a log, a directory of logs, or - for standard input");
    } catch (AccessDeniedException e) {
      throw new UsageException(shown(name) + " may not be read; check its permissions");
    }
  }

  /** How the log is called, safe to show. */
  String name() {
    return shown(name);
  }

  private static String shown(String text) {
    return Text.printable(Bytes.of(text));
  }

  /** Whether it can be read again from its start. */
  boolean isFile() {
    return path != null;
  }

  /** How many bytes the file has; 0 if that is not known. */
  long size() throws IOException {
    return path == null ? 0 : Files.size(path);
  }

  /** What ended the log early, such as damage; null if nothing did. */
  @Nullable
  String damage() {
    return damage;
  }

  /** Opens the log; {@code watched} sees the bytes as they are in the file. */
  InputStream open(java.util.function.UnaryOperator<InputStream> watched)
      throws UsageException, IOException {
    InputStream raw;
    try {
      raw = path == null ? given : Files.newInputStream(path);
    } catch (NoSuchFileException e) {
      throw new UsageException("there is no file " + name() + "; name a log");
    } catch (AccessDeniedException e) {
      throw new UsageException(name() + " may not be read; check its permissions");
    }
    BufferedInputStream in = new BufferedInputStream(new Eager(watched.apply(raw)), BUFFER);
    in.mark(8);
    byte[] start = in.readNBytes(8);
    in.reset();
    for (int i = 0; i < MAGIC.length; i++) {
      if (startsWith(start, MAGIC[i])) {
        in.close();
        throw new UsageException(
            name() + " is compressed in a way that the JDK cannot read; write: " + UNPACK[i] + " "
                + name() + " | java -jar limiter-core.jar ... -");
      }
    }
    boolean packed = startsWith(start, new byte[] {0x1f, (byte) 0x8b});
    return packed ? new Unpacked(in) : in;
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && java.util.Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  /** Never says that it might have to wait: so a second member of a gzip file is looked for. */
  private static final class Eager extends FilterInputStream {
    Eager(InputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      return Math.max(1, super.available());
    }
  }

  /** Ends where a gzip file is cut or damaged, and remembers that. */
  private final class Unpacked extends InputStream {
    private final InputStream packed;
    private @Nullable InputStream in; // null at first, as opening may meet damage
    private boolean ended;

    Unpacked(InputStream packed) {
      this.packed = packed;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      int read = read(one, 0, 1);
      return read < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      if (ended) {
        return -1;
      }
      try {
        if (in == null) {
          in = new GZIPInputStream(packed, BUFFER);
        }
        int read = in.read(buffer, from, length);
        ended = read < 0;
        return read;
      } catch (EOFException | ZipException e) {
        damage = "is cut or damaged: what comes before that place is used";
        ended = true;
        return -1;
      }
    }

    @Override
    public void close() throws IOException {
      packed.close();
    }
  }
}
