package io.limiter.keyed;

import io.limiter.Snapshot;
import java.math.BigInteger;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a {@link Store} as lines of text: each the name of a key, URL-encoded, a space, and what a
 * {@link Snapshot} says of it.
 */
final class KeySnapshots {
  private static final String HEADER = "limiter-snapshot 1 ";
  private static final String BETWEEN = " | ";

  /** A time, as it is written: that of all lines, usually. */
  private record Saved(String text, Instant time) {}

  private final Store store;
  private volatile Saved latest = new Saved("", Instant.EPOCH);

  KeySnapshots(Store store) {
    this.store = store;
  }

  void save(Function<Object, String> names, Consumer<String> lines) {
    Instant wall = Instant.now(); // first: no more may seem to elapse
    store.forEachLevel(
        (key, levels) -> lines.accept(URLEncoder.encode(names.apply(key), StandardCharsets.UTF_8)
            + " " + HEADER + wall + BETWEEN + levels));
  }

  /** Restores what one line says of a key; {@code keys} finds the key and its hash. */
  void restore(String line, Function<String, Store.Key> keys) {
    int space = line.indexOf(' ');
    if (space < 0) {
      throw new IllegalArgumentException(
          "line: '" + brief(line) + "' (expected: a key and its snapshot)");
    }
    Store.Key key = keys.apply(URLDecoder.decode(line.substring(0, space), StandardCharsets.UTF_8));
    String text = line.substring(space + 1);
    long nanoTime = store.clock().nanoTime();
    Instant now = Instant.now();
    if (!restoreWords(key, text, nanoTime, now)) {
      Snapshot snapshot = Snapshot.parse(text);
      KeyEntry entry = store.enterOwn(key.object(), key.hash(), nanoTime);
      try {
        entry.restore(nanoTime, snapshot, now);
      } finally {
        entry.exit();
      }
    }
  }

  /** Without an object for the key, which is the common case. */
  private boolean restoreWords(Store.Key key, String text, long nanoTime, Instant now) {
    int end = text.indexOf(BETWEEN);
    if (end < 0 || !text.startsWith(HEADER)) {
      return false;
    }
    String time = text.substring(HEADER.length(), end);
    Saved saved = latest;
    if (!saved.text.equals(time)) {
      try {
        saved = new Saved(time, Instant.parse(time));
      } catch (DateTimeException e) {
        return false;
      }
      latest = saved;
    }
    Duration elapsed = Duration.between(saved.time, now);
    long nanos = Math.min(Checks.nanos("elapsed", elapsed), KeyRate.MAX_WAIT_NANOS);
    List<String> levels = new ArrayList<>();
    for (int at = end; at >= 0; at = end) {
      end = text.indexOf(BETWEEN, at + BETWEEN.length());
      levels.add(text.substring(at + BETWEEN.length(), end < 0 ? text.length() : end));
    }
    return store.restoreWords(key, levels, nanoTime, nanos);
  }

  /** {@code rate 3/1000000000 burst 3 spent 5/2 pause 0} as a level, if it is that of {@code rate}; or null. */
  static @Nullable Level level(String text, KeyRate rate) {
    String[] words = text.split(" ");
    String mine = (rate.countsNanos() ? "rate " : "steps ") + rate.rule().rate().permits() + "/"
        + rate.rule().rate().periodNanos() + " burst " + rate.math.burst() + " ";
    if (!text.startsWith(mine) || !text.endsWith(" pause 0")) {
      return null;
    }
    String[] spent = words[5].split("/");
    return new Level(new BigInteger(spent[0]), new BigInteger(spent[1]));
  }

  private static String brief(String line) {
    return line.substring(0, Math.min(line.length(), 40)).replaceAll("\\p{Cntrl}", "?");
  }
}
