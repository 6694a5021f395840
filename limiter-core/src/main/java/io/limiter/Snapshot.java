package io.limiter;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * What a limiter still remembered at one instant, to be restored after a restart. A restored limiter
 * is never looser than the one that was saved: it decides as that one would have, had it gone on and
 * had time stood still for as long as the wall clock tells too little, unless the clock ran ahead of
 * the time that has passed.
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
 * <p>Time that stood still only denies: no call is admitted that the saved limiter, had it gone on
 * without that and been called alike, would deny. But for stepwise refill, whose steps begin later by
 * the time lost, and rates whose ticks are longer than a ns: of those no more remains at any time as
 * long as nobody calls, but a step that comes late adds what an earlier one may have lost at the burst.
 *
 * <p>Permits that callers wait for are spent. Concurrency permits are not saved: who held them is gone.
 *
 * <p>Cost: some 80 bytes a limiter; of a sliding log 12 for each time at which it admitted. Immutable.
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
  sealed interface Level permits OfRate, OfSteps, OfLog, OfVerdict {
    /** Whether {@code member} can remember it. */
    boolean fits(Member member);

    /** Charges {@code member}, which fits, at the reading {@code nanoTime}, so many ns after saving. */
    void restore(Member member, long nanoTime, long elapsed);
  }

  /**
   * What GCRA and continuous refill remember.
   *
   * @param spent what is missing from the burst, in parts of a permit: at least 0
   * @param parts that a permit has: at least 1
   * @param pause how long nothing is admitted, in ns
   */
  record OfRate(Rate rate, long burst, long spent, long parts, long pause) implements Level {
    OfRate {
      Checks.within("burst", burst, 1, Rate.MAX_PERMITS);
      Checks.atLeast("spent", spent, 0);
      Checks.atLeast("parts", parts, 1);
      Checks.within("pause", pause, 0, Member.MAX_PENALTY);
      long gcd = BigInteger.valueOf(spent).gcd(BigInteger.valueOf(parts)).longValue();
      spent /= gcd;
      parts /= gcd;
    }

    @Override
    public boolean fits(Member member) {
      return member instanceof Gcra || member instanceof TokenBucket bucket && !bucket.isStepwise();
    }

    @Override
    public void restore(Member member, long nanoTime, long elapsed) {
      GcraMath math = GcraMath.of(rate, burst);
      BigInteger ticks = BigInteger.valueOf(spent)
          .multiply(BigInteger.valueOf(math.cost(1)))
          .add(BigInteger.valueOf(parts - 1)) // rounded up
          .divide(BigInteger.valueOf(parts));
      long word = ticks.min(BigInteger.valueOf(GcraMath.MAX_TAT)).longValue();
      change(member, waiting -> {
        if (member instanceof Gcra gcra) {
          gcra.inherit(nanoTime, math, word, elapsed);
        } else {
          ((TokenBucket) member).inherit(nanoTime, math, word, elapsed);
        }
      });
      member.penalizeAt(nanoTime, Math.max(pause - elapsed, 0));
    }

    @Override
    public String toString() {
      return "rate " + rate.permits() + "/" + rate.periodNanos() + " burst " + burst + " spent "
          + spent + "/" + parts + " pause " + pause;
    }
  }

  /**
   * What stepwise refill remembers.
   *
   * @param spent permits missing from the burst: at least 0
   * @param age how long ago the anchor was, in ns; negative if it lies ahead
   * @param pause how long nothing is admitted, in ns
   */
  record OfSteps(Rate rate, long burst, long spent, long age, long pause) implements Level {
    OfSteps {
      Checks.within("burst", burst, 1, Rate.MAX_PERMITS);
      Checks.within("spent", spent, 0, GcraMath.MAX_TAT);
      Checks.within("pause", pause, 0, Member.MAX_PENALTY);
    }

    @Override
    public boolean fits(Member member) {
      return member instanceof TokenBucket bucket && bucket.isStepwise();
    }

    @Override
    public void restore(Member member, long nanoTime, long elapsed) {
      long older = age > Long.MAX_VALUE - elapsed ? Long.MAX_VALUE : age + elapsed;
      long period = rate.periodNanos();
      long passed = Math.max(Math.floorDiv(older, period) - Math.floorDiv(age, period), 0);
      GcraMath math = GcraMath.of(Rate.ofNanos(rate.permits(), 1), burst);
      TokenBucket bucket = (TokenBucket) member;
      change(member, waiting -> bucket.inheritSteps(nanoTime, math, spent, passed, older));
      member.penalizeAt(nanoTime, Math.max(pause - elapsed, 0));
    }

    @Override
    public String toString() {
      return "steps " + rate.permits() + "/" + rate.periodNanos() + " burst " + burst + " spent "
          + spent + " age " + age + " pause " + pause;
    }
  }

  /**
   * What a sliding log remembers: when how many permits were admitted, and when those are that were
   * charged ahead. Arrays are not to be changed.
   *
   * @param ages how long ago, in ns; the oldest first
   * @param waits how long ahead, in ns; the first first
   * @param owed how many at each wait; 0 where a penalty ends
   */
  record OfLog(long[] ages, int[] counts, long[] waits, int[] owed) implements Level {
    OfLog {
      for (int i = 0; i < ages.length; i++) {
        Checks.atLeast("count", counts[i], 1);
        if (i > 0 && ages[i] >= ages[i - 1]) {
          throw new IllegalArgumentException(
              "age: " + ages[i] + " (expected: < " + ages[i - 1] + ")");
        }
      }
      long newest = ages.length == 0 ? 0 : Math.max(-ages[ages.length - 1], 0);
      for (int i = 0; i < waits.length; i++) {
        Checks.atLeast("count", owed[i], 0);
        Checks.atLeast("wait", waits[i], i == 0 ? newest : waits[i - 1]);
      }
    }

    @Override
    public boolean fits(Member member) {
      return member instanceof SlidingLog;
    }

    @Override
    public void restore(Member member, long nanoTime, long elapsed) {
      change(member, waiting -> ((SlidingLog) member).inherit(nanoTime, this, elapsed));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OfLog that
          && Arrays.equals(ages, that.ages)
          && Arrays.equals(counts, that.counts)
          && Arrays.equals(waits, that.waits)
          && Arrays.equals(owed, that.owed);
    }

    @Override
    public int hashCode() {
      return Objects.hash(
          Arrays.hashCode(ages),
          Arrays.hashCode(counts),
          Arrays.hashCode(waits),
          Arrays.hashCode(owed));
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("log");
      append(text, ages, counts);
      text.append(" ahead");
      append(text, waits, owed);
      return text.toString();
    }

    private static void append(StringBuilder text, long[] times, int[] counts) {
      for (int i = 0; i < times.length; i++) {
        text.append(' ').append(times[i]).append(':').append(counts[i]);
      }
    }
  }

  /** What is without state. */
  record OfVerdict(boolean admits) implements Level {
    @Override
    public boolean fits(Member member) {
      return member instanceof FixedVerdict verdict && verdict.admits(0, 1) == admits;
    }

    @Override
    public void restore(Member member, long nanoTime, long elapsed) {}

    @Override
    public String toString() {
      return admits ? "unlimited" : "blocked";
    }
  }

  /** Runs {@code change} under the lock of the line, and times anew who waits. */
  private static void change(Member member, LongConsumer change) {
    ((Reserving) member).line().change(LevelPolicy.KEEP, change);
  }

  /** What {@code members} remember at the reading {@code nanoTime}, which is {@code wall}. */
  static Snapshot of(long nanoTime, Instant wall, Member... members) {
    Objects.requireNonNull(wall, "wall");
    return new Snapshot(
        wall, Arrays.stream(members).map(member -> member.level(nanoTime)).toList());
  }

  /** Charges {@code members} at the reading {@code nanoTime}, which is {@code wall}. */
  static void restore(Snapshot snapshot, long nanoTime, Instant wall, Member... members) {
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(wall, "wall");
    List<Level> levels = snapshot.levels;
    Checks.within("members", members.length, levels.size(), levels.size());
    for (int i = 0; i < members.length; i++) {
      if (!levels.get(i).fits(members[i])) {
        throw new IllegalArgumentException(
            "snapshot: " + levels.get(i) + " (expected: one of " + members[i] + ")");
      }
    }
    long elapsed = Math.max(Checks.nanos(Duration.between(snapshot.time, wall)), 0);
    for (int i = 0; i < members.length; i++) {
      levels.get(i).restore(members[i], nanoTime, elapsed);
    }
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
        case "rate" -> {
          String[] spent = words[5].split("/");
          yield new OfRate(
              rate(words[1]),
              number(words[3]),
              number(spent[0]),
              number(spent[1]),
              number(words[7]));
        }
        case "steps" ->
          new OfSteps(
              rate(words[1]),
              number(words[3]),
              number(words[5]),
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
    int ahead = Arrays.asList(words).indexOf("ahead");
    if (ahead < 0) {
      throw new ArrayIndexOutOfBoundsException("ahead");
    }
    return new OfLog(
        times(words, 1, ahead),
        counts(words, 1, ahead),
        times(words, ahead + 1, words.length),
        counts(words, ahead + 1, words.length));
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
      int at, String text, String expected, Exception cause) {
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
