package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.CountingLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.keyed.OverflowPolicy;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Bad input is refused where it comes in, and the message says what is expected instead. */
class BadInputTest {
  private static final NanoClock CLOCK = ManualClock.create();
  private static final Rate RATE = Rate.perSecond(3);

  private static DynamicTest refused(String message, Executable call) {
    return DynamicTest.dynamicTest(
        message,
        () -> assertEquals(
            message, assertThrows(IllegalArgumentException.class, call).getMessage()));
  }

  private static DynamicTest nullIs(String name, String where, Executable call) {
    return DynamicTest.dynamicTest(
        where + ": " + name,
        () -> assertEquals(name, assertThrows(NullPointerException.class, call).getMessage()));
  }

  @TestFactory
  List<DynamicTest> sizesBelowTheLeast() {
    return List.of(
        refused("permits: 0 (expected: >= 1)", () -> Rate.perSecond(0)),
        refused("permits: -1 (expected: >= 1)", () -> Rate.perMinute(-1)),
        refused("permits: 0 (expected: >= 1)", () -> Rate.perHour(0)),
        refused("permits: 0 (expected: >= 1)", () -> Rate.perDay(0)),
        refused("permits: 0 (expected: >= 1)", () -> Rate.of(0, Duration.ofSeconds(1))),
        refused(
            "permits: 1000000000001 (expected: 1..1000000000000)",
            () -> Rate.perSecond(1_000_000_000_001L)),
        refused("period: 0 (expected: >= 1)", () -> Rate.ofNanos(1, 0)),
        refused("period: -5 (expected: >= 1)", () -> Rate.of(1, Duration.ofNanos(-5))),
        refused("burst: 0 (expected: >= 1)", () -> GcraMath.of(RATE, 0)),
        refused("burst: 0 (expected: >= 1)", () -> Gcra.create(RATE, 0, CLOCK)),
        refused("burst: -1 (expected: >= 1)", () -> TokenBucket.create(RATE, -1, CLOCK)),
        refused("burst: 0 (expected: >= 1)", () -> TokenBucket.stepwise(RATE, 0, CLOCK)),
        refused("initial: -1 (expected: >= 0)", () -> TokenBucket.create(RATE, 3, -1, CLOCK)),
        refused("initial: 4 (expected: 0..3)", () -> TokenBucket.stepwise(RATE, 3, 4, 0, CLOCK)),
        refused("windows: 0 (expected: >= 1)", () -> SlidingLog.create(List.of(), CLOCK)),
        refused(
            "permits: 2147483640 (expected: 1..2147483639)",
            () -> SlidingLog.create(Rate.perDay(2_147_483_640L), CLOCK)),
        refused("limit: -1 (expected: >= 0)", () -> ConcurrencyLimiter.create(-1)),
        refused("limit: -1 (expected: >= 0)", () -> ConcurrencyLimiter.createReportingLeaks(-1)),
        refused("limit: -1 (expected: >= 0)", () -> ConcurrencyLimiter.create(1).limit(-1)),
        refused("members: 0 (expected: >= 1)", () -> AllOf.of()),
        refused("members: 0 (expected: >= 1)", () -> Gate.builder(CLOCK).build()),
        refused("weight: 0 (expected: >= 1)", () -> AllOf.of(List.of(Gcra.create(RATE, CLOCK)), 0)),
        refused(
            "weight: 0 (expected: >= 1)",
            () -> Gate.builder(CLOCK).rate(Gcra.create(RATE, CLOCK), 0)),
        refused(
            "weight: 0 (expected: >= 1)",
            () -> Gate.builder(CLOCK).concurrency(ConcurrencyLimiter.create(1), 0)));
  }

  @TestFactory
  List<DynamicTest> permitsBelowNone() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);
    Gate gate = Gate.builder(CLOCK).concurrency(limiter).build();
    String expected = "permits: -3 (expected: >= 0)";
    return List.of(
        refused(expected, () -> limiter.tryAcquire(-3)),
        refused(expected, () -> limiter.tryAcquire(-3, Duration.ZERO)),
        refused(expected, () -> limiter.release(-3)),
        refused(expected, () -> limiter.tryEnter(-3)),
        refused(expected, () -> limiter.enter(-3, Duration.ZERO)),
        refused(expected, () -> gate.tryEnter(-3)),
        refused(expected, () -> gate.enter(-3, Duration.ZERO)),
        refused(expected, () -> gate.tryEnterEach(-3)),
        refused(expected, () -> gate.peek(-3)),
        everyVerb(RateLimiter.unlimited(CLOCK)),
        everyVerb(RateLimiter.blocked(CLOCK)),
        everyVerb(Gcra.create(RATE, CLOCK)),
        everyVerb(TokenBucket.create(RATE, CLOCK)),
        everyVerb(TokenBucket.stepwise(RATE, CLOCK)),
        everyVerb(SlidingLog.create(RATE, CLOCK)),
        everyVerb(AllOf.of(Gcra.create(RATE, CLOCK), SlidingLog.create(RATE, CLOCK))));
  }

  private static DynamicTest everyVerb(RateLimiter limiter) {
    return DynamicTest.dynamicTest(
        limiter.toString(), () -> PlainForms.refuse(Subject.of(limiter), -3));
  }

  /** Those that may wait or owe, too: before they look whether the permits are there. */
  @TestFactory
  Stream<DynamicTest> permitsBelowNoneOfThoseWhoWait() {
    Gcra drained = Gcra.create(RATE, CLOCK);
    drained.drain();
    return Stream.of(
            Gcra.create(RATE, CLOCK),
            drained,
            TokenBucket.create(RATE, CLOCK),
            TokenBucket.stepwise(RATE, CLOCK),
            SlidingLog.create(RATE, CLOCK),
            AllOf.of(Gcra.create(RATE, CLOCK), SlidingLog.create(RATE, CLOCK)),
            AllOf.of(Gcra.create(RATE, CLOCK), RateLimiter.blocked(CLOCK)),
            Gcra.create(RATE, CLOCK).striped(),
            CountingLimiter.of(Gcra.create(RATE, CLOCK)),
            RateLimiter.unlimited(CLOCK),
            RateLimiter.blocked(CLOCK))
        .flatMap(limiter -> waitingVerbs(limiter, -3));
  }

  private static Stream<DynamicTest> waitingVerbs(RateLimiter limiter, long permits) {
    Duration wait = Duration.ofSeconds(1);
    String expected = "permits: " + permits + " (expected: >= 0)";
    return Stream.of(
        refused(expected, () -> limiter.reserve(permits, wait)),
        refused(expected, () -> limiter.reserveAt(0, permits, 0)),
        refused(expected, () -> limiter.acquire(permits)),
        refused(expected, () -> limiter.acquireUninterruptibly(permits)),
        refused(expected, () -> limiter.tryAcquire(permits, wait)),
        refused(expected, () -> limiter.acquireAsync(permits, wait)),
        refused(expected, () -> limiter.acquireForced(permits)),
        refused("max: " + permits + " (expected: >= 0)", () -> limiter.tryAcquireUpTo(permits)),
        refused(
            "actualPermits: " + permits + " (expected: >= 0)",
            () -> limiter.reserve(1, wait).settle(permits)));
  }

  /** Of a key that is known, of one that is not, and of one for which there is no room. */
  @TestFactory
  Stream<DynamicTest> permitsBelowNoneOfAKey() {
    return Stream.of(
            "3/second", "3/second, 9/minute", "3/second sliding-log", "unlimited", "blocked")
        .flatMap(limits -> Stream.of(
                OverflowPolicy.deny(), OverflowPolicy.admit(), OverflowPolicy.share())
            .flatMap(policy -> {
              KeyedLimiter<String> keyed = KeyedLimiter.<String>builder(Limits.parse(limits), CLOCK)
                  .maxKeys(1)
                  .whenFull(policy)
                  .build();
              LongKeyedLimiter longs = LongKeyedLimiter.builder(Limits.parse(limits), CLOCK)
                  .maxKeys(1)
                  .whenFull(policy)
                  .build();
              Stream<DynamicTest> unknown = keyedVerbs(keyed, longs, 7);
              keyed.tryAcquire("1");
              longs.tryAcquire(1);
              return Stream.concat(
                  unknown, Stream.concat(keyedVerbs(keyed, longs, 1), keyedVerbs(keyed, longs, 7)));
            }));
  }

  private static Stream<DynamicTest> keyedVerbs(
      KeyedLimiter<String> keyed, LongKeyedLimiter longs, int key) {
    String expected = "permits: -3 (expected: >= 0)";
    String text = "" + key;
    return Stream.of(
        refused(expected, () -> keyed.tryAcquire(text, -3)),
        refused(expected, () -> keyed.decide(text, -3)),
        refused(expected, () -> keyed.peek(text, -3)),
        refused(expected, () -> keyed.refund(text, -3)),
        refused(expected, () -> keyed.tryEnter(text, -3)),
        refused(expected, () -> longs.tryAcquire(key, -3)),
        refused(expected, () -> longs.decide(key, -3)),
        refused(expected, () -> longs.peek(key, -3)),
        refused(expected, () -> longs.refund(key, -3)),
        refused(expected, () -> longs.tryEnter(key, -3)));
  }

  @TestFactory
  List<DynamicTest> nullsOfKeyedLimiters() {
    KeyedLimiter.Builder<String> builder = KeyedLimiter.builder(limits(), CLOCK);
    KeyedLimiter<String> keyed = builder.build();
    return List.of(
        nullIs("limits", "KeyedLimiter.builder", () -> KeyedLimiter.builder(null, CLOCK)),
        nullIs("clock", "KeyedLimiter.builder", () -> KeyedLimiter.builder(limits(), null)),
        nullIs("limits", "LongKeyedLimiter.builder", () -> LongKeyedLimiter.builder(null, CLOCK)),
        nullIs("policy", "KeyedLimiter.Builder.whenFull", () -> builder.whenFull(null)),
        nullIs("hasher", "KeyedLimiter.Builder.hasher", () -> builder.hasher(null)),
        nullIs("limits", "OverflowPolicy.share", () -> OverflowPolicy.share(null)),
        nullIs("key", "KeyedLimiter.tryAcquire", () -> keyed.tryAcquire(null)),
        nullIs("key", "KeyedLimiter.decide", () -> keyed.decide(null)),
        nullIs("key", "KeyedLimiter.peek", () -> keyed.peek(null)),
        nullIs("key", "KeyedLimiter.refund", () -> keyed.refund(null, 1)),
        nullIs("key", "KeyedLimiter.tryEnter", () -> keyed.tryEnter(null)),
        nullIs("key", "KeyedLimiter.override", () -> keyed.override(null, limits())),
        nullIs("limits", "KeyedLimiter.override", () -> keyed.override("a", null)),
        nullIs("key", "KeyedLimiter.clearOverride", () -> keyed.clearOverride(null)),
        nullIs("key", "KeyedLimiter.forget", () -> keyed.forget(null)),
        nullIs("duration", "KeyedLimiter.penalize", () -> keyed.penalize("a", null)),
        nullIs("visitor", "KeyedLimiter.forEach", () -> keyed.forEach(null)));
  }

  /** Of what waits, changes and wraps. */
  @TestFactory
  List<DynamicTest> nullsOfOthers() {
    Gcra gcra = Gcra.create(RATE, CLOCK);
    Gate gate = Gate.builder(CLOCK).rate(gcra).build();
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(1);
    return List.of(
        nullIs("maxWait", "Gcra.reserve", () -> gcra.reserve(1, null)),
        nullIs("maxWait", "Gcra.tryAcquire", () -> gcra.tryAcquire(1, null)),
        nullIs("maxWait", "Gcra.acquireAsync", () -> gcra.acquireAsync(1, null)),
        nullIs("duration", "Gcra.penalize", () -> gcra.penalize(null)),
        nullIs("resetAfter", "Gcra.syncWithServer", () -> gcra.syncWithServer(1, null)),
        nullIs("target", "Gcra.reconfigure", () -> gcra.reconfigure(null)),
        nullIs("wall", "Gcra.snapshotAt", () -> gcra.snapshotAt(0, null)),
        nullIs("snapshot", "Gcra.restore", () -> gcra.restore(null)),
        nullIs("snapshot", "Gcra.restoreAt", () -> gcra.restoreAt(0, null, Instant.EPOCH)),
        nullIs("wall", "Gcra.restoreAt", () -> gcra.restoreAt(0, gcra.snapshot(), null)),
        nullIs("snapshot", "Gcra.striped", () -> gcra.striped().restore(null)),
        nullIs("snapshot", "AllOf.restore", () -> AllOf.of(gcra).restore(null)),
        nullIs("snapshot", "blocked.restore", () -> RateLimiter.blocked(CLOCK).restore(null)),
        nullIs("snapshot", "Gate.restore", () -> gate.restore(null)),
        nullIs("permits", "Gate.tryEnterEach", () -> gate.tryEnterEach((long[]) null)),
        nullIs("duration", "ManualClock.advance", () -> ManualClock.create().advance(null)),
        nullIs("maxWait", "Gate.enter", () -> gate.enter(1, null)),
        nullIs("duration", "Gate.penalize", () -> gate.penalize(null)),
        nullIs("target", "Gate.reconfigure", () -> gate.reconfigure(null)),
        nullIs("clock", "ConcurrencyLimiter.create", () -> ConcurrencyLimiter.create(1, null)),
        nullIs("maxWait", "ConcurrencyLimiter.enter", () -> slots.enter(1, null)),
        nullIs("limiter", "CountingLimiter.of", () -> CountingLimiter.of(null)),
        nullIs("gate", "Limits.applyTo", () -> limits().applyTo((Gate) null)),
        nullIs("limiter", "Limits.applyTo", () -> limits().applyTo((RateLimiter) null)));
  }

  @TestFactory
  List<DynamicTest> nulls() {
    Rate noRate = null;
    Gcra gcra = Gcra.create(RATE, CLOCK);
    return List.of(
        nullIs("period", "Rate.of", () -> Rate.of(1, null)),
        nullIs("rate", "GcraMath.of", () -> GcraMath.of(null)),
        nullIs("rate", "GcraMath.of", () -> GcraMath.of(null, 1)),
        nullIs("rate", "Gcra.create", () -> Gcra.create(noRate, CLOCK)),
        nullIs("rate", "Gcra.create", () -> Gcra.create(null, 1, CLOCK)),
        nullIs("math", "Gcra.create", () -> Gcra.create((GcraMath) null, CLOCK)),
        nullIs("clock", "Gcra.create", () -> Gcra.create(RATE, null)),
        nullIs("rate", "TokenBucket.create", () -> TokenBucket.create(null, CLOCK)),
        nullIs("rate", "TokenBucket.create", () -> TokenBucket.create(null, 1, CLOCK)),
        nullIs("clock", "TokenBucket.create", () -> TokenBucket.create(RATE, null)),
        nullIs("rate", "TokenBucket.stepwise", () -> TokenBucket.stepwise(null, CLOCK)),
        nullIs("rate", "TokenBucket.stepwise", () -> TokenBucket.stepwise(null, 1, 1, 0, CLOCK)),
        nullIs("clock", "TokenBucket.stepwise", () -> TokenBucket.stepwise(RATE, null)),
        nullIs("clock", "TokenBucket.stepwise", () -> TokenBucket.stepwise(RATE, 1, 1, 0, null)),
        nullIs("window", "SlidingLog.create", () -> SlidingLog.create(noRate, CLOCK)),
        nullIs(
            "window", "SlidingLog.create", () -> SlidingLog.create(Arrays.asList(noRate), CLOCK)),
        nullIs("windows", "SlidingLog.create", () -> SlidingLog.create((List<Rate>) null, CLOCK)),
        nullIs("clock", "SlidingLog.create", () -> SlidingLog.create(RATE, null)),
        nullIs("members", "AllOf.of", () -> AllOf.of((RateLimiter[]) null)),
        nullIs("members", "AllOf.of", () -> AllOf.of((List<RateLimiter>) null)),
        nullIs("member", "AllOf.of", () -> AllOf.of(gcra, null)),
        nullIs("weights", "AllOf.of", () -> AllOf.of(List.of(gcra), (long[]) null)),
        nullIs("clock", "Gate.builder", () -> Gate.builder(null)),
        nullIs("limiter", "Gate.rate", () -> Gate.builder(CLOCK).rate(null)),
        nullIs("limiter", "Gate.concurrency", () -> Gate.builder(CLOCK).concurrency(null)),
        nullIs("clock", "RateLimiter.unlimited", () -> RateLimiter.unlimited(null)),
        nullIs("clock", "RateLimiter.blocked", () -> RateLimiter.blocked(null)),
        nullIs(
            "maxWait",
            "ConcurrencyLimiter.tryAcquire",
            () -> ConcurrencyLimiter.create(1).tryAcquire(1, null)),
        nullIs("text", "Limits.parse", () -> Limits.parse(null)),
        nullIs("clock", "Limits.newRateLimiter", () -> limits().newRateLimiter(null)),
        nullIs("clock", "Limits.newGate", () -> limits().newGate(null)));
  }

  private static Limits limits() {
    return Limits.parse("3/second");
  }
}
