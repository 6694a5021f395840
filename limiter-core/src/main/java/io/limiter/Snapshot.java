package io.limiter;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a limiter at one instant, to be restored after a restart. A restored limiter is never
 * looser than the one that was saved, unless the wall clock ran ahead of the time that has passed. If the
 * wall clock lost time while the process was down, the restored limiter is stricter by that much.
 *
 * <pre>{@code
 * Files.writeString(file, limiter.snapshot().toString());          // before the restart
 * limiter.restore(Snapshot.parse(Files.readString(file)));         // after it: a new limiter
 * }</pre>
 *
 * <p>Monotonic time means nothing to another process, so a snapshot says how long ago or ahead things
 * are, and at which time of the wall clock. Time between saving and restoring counts as elapsed, and
 * none does if the wall clock went back. Where wall time can be off by e, restore with a time that is
 * e earlier. All else is exact if the rate is {@linkplain GcraMath#isExact() exact}.
 *
 * <p>Lost time only denies. The restored limiter admits no call that the saved limiter would deny, if
 * that one had gone on without the loss and had the same calls. There are two exceptions: stepwise
 * refill, whose steps begin later by the time lost, and rates whose ticks are longer than a ns. For these
 * the restored limiter has no more permits at any time as long as nobody calls. But a step that comes
 * late can add permits that an earlier step would have lost at the burst.
 *
 * <p>Reservations that are not due are spent. Concurrency permits are not saved: those who held them
 * are gone.
 *
 * <p>Cost: some 80 bytes per limiter; for a sliding log 12 bytes for each time at which it admitted.
 * Immutable.
 */
public final class Snapshot {
  private static final String HEADER = "limiter-snapshot 1 ";
  private static final String BETWEEN = " | ";

  private final Instant time;
  private final List<Level> levels; // of the members, in order

  private Snapshot(Instant time, List<Level> levels) {
    this.time = time;
    this.levels = levels;
  }

  /** What one limiter remembers. */
  sealed interface Level permits OfRate, OfLog, OfVerdict {}

  /**
   * What a limiter of one word remembers.
   *
   * @param spent what is missing from the burst: at least none
   * @param age how long ago the anchor of its steps was, in ns; negative if it lies ahead; null if
   *     refill is continuous
   * @param pause how long nothing is admitted, in ns; {@link Decision#NEVER} for good
   */
  record OfRate(
      Rate rate, long burst, Missing spent, @Nullable Long age, long pause) implements Level {
    OfRate {
      Checks.within("burst", burst, 1, Rate.MAX_PERMITS);
      Checks.atLeast("spent", spent.parts().signum(), 0);
      Checks.atLeast("pause", pause, 0);
      spent = spent.reduced();
    }

    @Override
    public String toString() {
      String text = rate.permits() + "/" + rate.periodNanos() + " burst " + burst + " spent "
          + spent.parts() + "/" + spent.unit();
      return age == null
          ? "rate " + text + " pause " + pause
          : "steps " + text + " age " + age + " pause " + pause;
    }
  }

  /**
   * What a sliding log remembers: when how many permits were admitted. Arrays are not to be changed.
   *
   * @param ages how long ago, in ns; the oldest first; negative if a debt puts them ahead
   * @param pause how long nothing is admitted, in ns; {@link Decision#NEVER} for good
   */
  record OfLog(long[] ages, int[] counts, long pause) implements Level {
    OfLog {
      for (int i = 0; i < ages.length; i++) {
        Checks.atLeast("count", counts[i], 1);
        if (i > 0 && ages[i] >= ages[i - 1]) {
          throw new IllegalArgumentException(
              "age: " + ages[i] + " (expected: < " + ages[i - 1] + ")");
        }
      }
      Checks.atLeast("pause", pause, 0);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OfLog that
          && Arrays.equals(ages, that.ages)
          && Arrays.equals(counts, that.counts)
          && pause == that.pause;
    }

    @Override
    public int hashCode() {
      return Objects.hash(Arrays.hashCode(ages), Arrays.hashCode(counts), pause);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("log");
      for (int i = 0; i < ages.length; i++) {
        text.append(' ').append(ages[i]).append(':').append(counts[i]);
      }
      return text.append(" pause ").append(pause).toString();
    }
  }

  /** What is without state. */
  record OfVerdict(boolean admits) implements Level {
    @Override
    public String toString() {
      return admits ? "unlimited" : "blocked";
    }
  }

  /** What the members of a limiter remember, in order; the time of that is {@code wall}. */
  static Snapshot of(Instant wall, List<? extends Level> levels) {
    Objects.requireNonNull(wall, "wall");
    return new Snapshot(wall, List.copyOf(levels));
  }

  /**
   * What it says of each of so many members.
   *
   * @throws IllegalArgumentException if they are not as many
   */
  List<Level> levels(int members) {
    Checks.within("members", members, levels.size(), levels.size());
    return levels;
  }

  /** How many ns before {@code wall} it was taken; 0 if the wall clock went back. */
  long elapsedNanos(Instant wall) {
    Objects.requireNonNull(wall, "wall");
    long nanos = Checks.nanos(Duration.between(time, wall));
    return Math.max(Math.min(nanos, Checks.LONGEST), 0);
  }

  static IllegalArgumentException misfit(Level level, Object limiter) {
    return new IllegalArgumentException(
        "snapshot: " + level + " (expected: one of " + limiter + ")");
  }

  /** When it was taken, by the wall clock. */
  public Instant time() {
    return time;
  }

  /**
   * The snapshot that {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if the text is not one that toString writes
   */
  public static Snapshot parse(String text) {
    Objects.requireNonNull(text, "text");
    if (!text.startsWith(HEADER)) {
      throw bad(0, text, HEADER + "and a time", null);
    }
    int at = HEADER.length();
    int end = end(text, at);
    Instant time;
    try {
      time = Instant.parse(text.substring(at, end));
    } catch (DateTimeException e) {
      throw bad(at, text, "a time such as 2026-03-01T09:00:00Z", e);
    }
    List<Level> levels = new ArrayList<>();
    while (end < text.length()) {
      at = end + BETWEEN.length();
      end = end(text, at);
      levels.add(level(text, at, end));
    }
    Snapshot snapshot = new Snapshot(time, List.copyOf(levels));
    if (!snapshot.toString().equals(text)) {
      throw bad(0, text, "as it is written: " + brief(snapshot.toString(), 0), null);
    }
    return snapshot;
  }

  private static int end(String text, int at) {
    int next = text.indexOf(BETWEEN, at);
    return next < 0 ? text.length() : next;
  }

  private static Level level(String text, int at, int end) {
    String[] words = text.substring(Math.min(at, end), end).split(" ");
    try {
      return switch (words[0]) {
        case "rate" ->
          new OfRate(rate(words[1]), number(words[3]), missing(words[5]), null, number(words[7]));
        case "steps" ->
          new OfRate(
              rate(words[1]),
              number(words[3]),
              missing(words[5]),
              number(words[7]),
              number(words[9]));
        case "log" -> log(words);
        case "unlimited" -> new OfVerdict(true);
        case "blocked" -> new OfVerdict(false);
        default -> throw bad(at, text, "rate, steps, log, unlimited or blocked", null);
      };
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw bad(at, text, "as toString writes it", e);
    }
  }

  private static OfLog log(String[] words) {
    int end = words.length - 2; // pause, and how long
    return new OfLog(times(words, 1, end), counts(words, 1, end), number(words[end + 1]));
  }

  private static Missing missing(String word) {
    String[] parts = word.split("/");
    Missing missing = new Missing(new BigInteger(parts[0]), new BigInteger(parts[1]));
    if (missing.unit().signum() <= 0) {
      throw new NumberFormatException(word);
    }
    return missing;
  }

  private static long[] times(String[] words, int from, int to) {
    return Arrays.stream(words, from, to)
        .mapToLong(word -> number(word.split(":")[0]))
        .toArray();
  }

  private static int[] counts(String[] words, int from, int to) {
    return Arrays.stream(words, from, to)
        .mapToInt(word -> Integer.parseInt(word.split(":")[1]))
        .toArray();
  }

  private static Rate rate(String word) {
    String[] parts = word.split("/");
    return Rate.ofNanos(number(parts[0]), number(parts[1]));
  }

  private static long number(String word) {
    return Long.parseLong(word);
  }

  private static IllegalArgumentException bad(
      int at, String text, String expected, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "snapshot: '" + brief(text, at) + "' at column " + (at + 1) + " (expected: " + expected
            + ")",
        cause);
  }

  private static String brief(String text, int at) {
    String rest = text.substring(Math.min(at, text.length()));
    return rest.length() <= 60 ? rest : rest.substring(0, 57) + "...";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Snapshot that && time.equals(that.time) && levels.equals(that.levels);
  }

  @Override
  public int hashCode() {
    return 31 * time.hashCode() + levels.hashCode();
  }

  /**
   * The snapshot as one line of ASCII, which {@link #parse} reads: the version of the form, the time,
   * and what each member remembers, such as {@code limiter-snapshot 1 2026-03-01T09:00:00Z | rate
   * 3/1000000000 burst 3 spent 5/2 pause 0}. Times are in ns.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(HEADER).append(time);
    for (Level level : levels) {
      text.append(BETWEEN).append(level);
    }
    return text.toString();
  }
}
