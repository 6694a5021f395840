package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The bounds of a back-off, and wrong back-offs that do not keep them. */
class BackoffProperties {
  private static final long SECOND = 1_000_000_000L;
  private static final long DAY = 86_400 * SECOND;
  private static final long LONGEST_CAP = 366 * DAY;

  /** What is under test: a back-off with these settings, asked for one wait. */
  @FunctionalInterface
  private interface Subject {
    OptionalLong wait(
        int retries, long first, long cap, LongUnaryOperator random, int denials, long retryAfter);
  }

  private static OptionalLong real(
      int retries, long first, long cap, LongUnaryOperator random, int denials, long retryAfter) {
    LimitStatus status = new LimitStatus(
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        retryAfter == 0 ? OptionalLong.empty() : OptionalLong.of(retryAfter));
    return Backoff.of(retries, Duration.ofNanos(first), Duration.ofNanos(cap), random)
        .waitNanos(denials, status);
  }

  /** min(cap, first * 2^(denials-1)), in numbers that do not overflow. */
  private static long ceiling(long first, long cap, int denials) {
    return BigInteger.valueOf(first)
        .shiftLeft(denials - 1)
        .min(BigInteger.valueOf(cap))
        .longValueExact();
  }

  private static long sum(long a, long b) {
    return BigInteger.valueOf(a)
        .add(BigInteger.valueOf(b))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  /** Both ends of the jitter are reached, nothing is beyond them, and it ends after the retries. */
  private static void check(
      Subject subject, int retries, long first, long cap, int denials, long retryAfter, long seed) {
    LongUnaryOperator random = new SplittableRandom(seed)::nextLong;
    OptionalLong any = subject.wait(retries, first, cap, random, denials, retryAfter);
    OptionalLong least = subject.wait(retries, first, cap, bound -> 0, denials, retryAfter);
    OptionalLong most = subject.wait(retries, first, cap, bound -> bound - 1, denials, retryAfter);
    if (denials > retries) {
      assertEquals(OptionalLong.empty(), any);
      assertEquals(OptionalLong.empty(), least);
      assertEquals(OptionalLong.empty(), most);
      return;
    }
    long ceiling = sum(retryAfter, ceiling(first, cap, denials));
    assertEquals(OptionalLong.of(retryAfter), least);
    assertEquals(OptionalLong.of(ceiling), most);
    assertTrue(any.getAsLong() >= retryAfter && any.getAsLong() <= ceiling);
  }

  @Property
  void waitsAreBetweenRetryAfterAndTheCeilingAboveIt(
      @ForAll @IntRange(max = 200) int retries,
      @ForAll @LongRange(min = 1, max = LONGEST_CAP) long one,
      @ForAll @LongRange(min = 1, max = LONGEST_CAP) long other,
      @ForAll @IntRange(min = 1, max = 201) int denials,
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long retryAfter,
      @ForAll long seed) {
    long first = Math.min(one, other);
    long cap = Math.max(one, other);
    check(BackoffProperties::real, retries, first, cap, denials, retryAfter, seed);
    check(BackoffProperties::real, 200, first, cap, denials, 0, seed);
  }

  @Property
  void jitterOfManyCallersIsSpread(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 7) int denials) {
    SplittableRandom random = new SplittableRandom(seed);
    Backoff backoff =
        Backoff.of(7, Duration.ofSeconds(1), Duration.ofSeconds(60), random::nextLong);
    long ceiling = ceiling(SECOND, 60 * SECOND, denials);
    long below = Stream.generate(() -> backoff.waitNanos(denials).getAsLong())
        .limit(256)
        .filter(wait -> wait < ceiling / 2)
        .count();
    assertTrue(below > 64 && below < 192, () -> below + " of 256 are in the lower half");
  }

  /** Each wrong back-off breaks the bounds at the settings of the defaults, within ten denials. */
  @TestFactory
  Stream<DynamicTest> mutants_each_areCaught() {
    Map<String, Subject> mutants = Map.of(
        "gives up one late",
            (n, first, cap, random, denials, asked) ->
                real(n + 1, first, cap, random, denials, asked),
        "gives up one early",
            (n, first, cap, random, denials, asked) ->
                real(Math.max(0, n - 1), first, cap, random, denials, asked),
        "doubles once too often",
            (n, first, cap, random, denials, asked) -> denials > n
                ? OptionalLong.empty()
                : real(n + 1, first, cap, random, denials + 1, asked),
        "knows no cap",
            (n, first, cap, random, denials, asked) ->
                real(n, first, LONGEST_CAP, random, denials, asked),
        "does not double",
            (n, first, cap, random, denials, asked) ->
                real(n, first, first, random, denials, asked),
        "ignores Retry-After",
            (n, first, cap, random, denials, asked) -> real(n, first, cap, random, denials, 0),
        "caps Retry-After",
            (n, first, cap, random, denials, asked) ->
                real(n, first, cap, random, denials, Math.min(asked, cap)),
        "adds no jitter to Retry-After",
            (n, first, cap, random, denials, asked) ->
                real(n, first, cap, asked > 0 ? bound -> 0 : random, denials, asked),
        "jitters the upper half only",
            (n, first, cap, random, denials, asked) -> real(
                n,
                first,
                cap,
                bound -> bound / 2 + random.applyAsLong(bound - bound / 2),
                denials,
                asked),
        "never waits the ceiling",
            (n, first, cap, random, denials, asked) ->
                real(n, first, cap, bound -> random.applyAsLong(bound - 1), denials, asked));
    return mutants.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(mutant -> DynamicTest.dynamicTest(
            mutant.getKey(),
            () -> assertThrows(AssertionError.class, () -> checkDefaults(mutant.getValue()))));
  }

  @Property(tries = 1)
  void theSettingsThatCatchTheMutantsPass() {
    checkDefaults(BackoffProperties::real);
  }

  private static void checkDefaults(Subject subject) {
    for (int denials = 1; denials <= 10; denials++) {
      for (long retryAfter : new long[] {0, 42 * SECOND, 3_600 * SECOND}) {
        check(subject, 9, SECOND, 60 * SECOND, denials, retryAfter, 7);
      }
    }
  }
}
