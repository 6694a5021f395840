package io.limiter.bench.rival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BlockingStrategy;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The tables "Coming from another library" of the guide: each call of theirs and of ours runs here, and
 * what is said of the two is checked. Limits that read the real time count per hour, so that no test
 * depends on the speed of the machine.
 */
class ComingFromTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualClock clock = ManualClock.selfAdvancing();

  private RateLimiter ours(String rule) {
    return Limits.parse(rule).newRateLimiter(clock);
  }

  private Bucket bucket(Bandwidth bandwidth) {
    TimeMeter meter = new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return clock.nanoTime();
      }

      @Override
      public boolean isWallClockBased() {
        return false;
      }
    };
    return Bucket.builder().addLimit(bandwidth).withCustomTimePrecision(meter).build();
  }

  /** 10,000 calls for 1 to 10 permits, at times that many intervals and windows end at. */
  private void assertDecideAlike(LongPredicate theirs, LongPredicate ours) {
    Random random = new Random(1);
    int admitted = 0;
    for (int call = 0; call < 10_000; call++) {
      clock.advanceNanos(50_000_000L * random.nextInt(8));
      long permits = 1 + random.nextInt(10);
      boolean admits = ours.test(permits);
      assertEquals(theirs.test(permits), admits, "call " + call + " for " + permits);
      admitted += admits ? 1 : 0;
    }
    assertTrue(admitted > 1_000 && admitted < 9_000, () -> "a mix of verdicts");
  }

  // Bucket4j.

  @Test
  void bucket4j_refills_decideAlike() {
    Bucket greedy = bucket(
        Bandwidth.builder().capacity(20).refillGreedy(10, Duration.ofSeconds(1)).build());
    assertDecideAlike(
        greedy::tryConsume, Limits.parse("10/second burst 20").newRateLimiter(clock)::tryAcquire);
    Bucket interval = bucket(Bandwidth.builder()
        .capacity(10)
        .refillIntervally(10, Duration.ofSeconds(1))
        .build());
    assertDecideAlike(
        interval::tryConsume,
        Limits.parse("10/second fixed-window").newRateLimiter(clock)::tryAcquire);
  }

  @Test
  void bucket4j_callsThatDoNotWait() {
    Bucket bucket =
        bucket(Bandwidth.builder().capacity(20).refillGreedy(10, SECOND).build());
    RateLimiter limiter = ours("10/second burst 20");
    assertTrue(bucket.tryConsume(5));
    assertTrue(limiter.tryAcquire(5));
    assertThrows(IllegalArgumentException.class, () -> bucket.tryConsume(0));
    assertTrue(limiter.tryAcquire(0));
    assertEquals(
        bucket.tryConsumeAndReturnRemaining(5).getRemainingTokens(),
        limiter.decide(5).remaining());
    assertEquals(
        bucket.estimateAbilityToConsume(5).canBeConsumed(), limiter.peek(5).admitted());
    bucket.addTokens(5);
    limiter.refund(5);
    assertEquals(bucket.getAvailableTokens(), limiter.peek().remaining());
    assertEquals(15, bucket.tryConsumeAsMuchAsPossible());
    assertEquals(15, limiter.drain());
    assertEquals(bucket.consumeIgnoringRateLimits(50), limiter.acquireForced(50));
    bucket.reset();
    bucket.forceAddTokens(5);
    assertEquals(25, bucket.getAvailableTokens());
    limiter.reset();
    limiter.refund(5);
    assertEquals(20, limiter.peek().remaining());
  }

  @Test
  void bucket4j_waitAtThreePerSecond_isShortByANanosecond() {
    Bucket bucket =
        bucket(Bandwidth.builder().capacity(1).refillGreedy(3, SECOND).build());
    RateLimiter limiter = ours("3/second burst 1");
    bucket.tryConsume(1);
    limiter.tryAcquire();
    assertEquals(333_333_333, bucket.tryConsumeAndReturnRemaining(1).getNanosToWaitForRefill());
    assertEquals(333_333_334, limiter.decide().retryAfterNanos());
    clock.advanceNanos(333_333_333);
    assertFalse(bucket.tryConsume(1));
    assertFalse(limiter.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(limiter.tryAcquire());
  }

  @Test
  void bucket4j_interruptedWhileWaiting_keepsTheTokens() throws InterruptedException {
    Bucket bucket =
        bucket(Bandwidth.builder().capacity(5).refillGreedy(10, SECOND).build());
    RateLimiter limiter = ours("10/second burst 5");
    assertTrue(bucket.asBlocking().tryConsume(5, Duration.ofSeconds(1)));
    assertTrue(limiter.tryAcquire(5, Duration.ofSeconds(1)));
    BlockingStrategy interrupted = nanos -> {
      throw new InterruptedException();
    };
    assertThrows(
        InterruptedException.class, () -> bucket.asBlocking().tryConsume(5, SECOND, interrupted));
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> limiter.tryAcquire(5, SECOND));
    clock.advance(Duration.ofMillis(500));
    assertFalse(bucket.tryConsume(1));
    assertTrue(limiter.tryAcquire(5));
  }

  @Test
  void bucket4j_changedAsIs_isKeep() {
    Bucket bucket =
        bucket(Bandwidth.builder().capacity(20).refillGreedy(10, SECOND).build());
    RateLimiter limiter = Gcra.create(Rate.perSecond(10), 20, clock);
    bucket.tryConsume(15);
    limiter.tryAcquire(15);
    BucketConfiguration faster = BucketConfiguration.builder()
        .addLimit(Bandwidth.builder().capacity(40).refillGreedy(20, SECOND).build())
        .build();
    RateLimiter target = Gcra.create(Rate.perSecond(20), 40, clock);
    bucket.replaceConfiguration(faster, TokensInheritanceStrategy.AS_IS);
    limiter.reconfigure(target, LevelPolicy.KEEP);
    assertEquals(5, bucket.getAvailableTokens());
    assertEquals(5, limiter.peek().remaining());
    RateLimiter spent = Gcra.create(Rate.perSecond(10), 20, clock);
    spent.tryAcquire(15);
    spent.reconfigure(target);
    assertEquals(25, spent.peek().remaining());
  }

  @Test
  void bucket4j_moreThanATokenPerNanosecond_isRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Bandwidth.builder().capacity(1).refillGreedy(2_000_000_000, Duration.ofSeconds(1)));
    RateLimiter limiter = Limits.parse("2000000000/second").newRateLimiter(clock);
    assertEquals(2_000_000_000, limiter.drain());
    clock.advanceNanos(1);
    assertEquals(2, limiter.drain());
  }

  // What the page says of all.

  @Test
  void ours_moreThanTheBurst_monthsAndLeaving() throws InterruptedException {
    RateLimiter limiter = ours("10/second");
    assertTrue(limiter.peek(11).isNever());
    assertFalse(limiter.tryAcquire(11, Duration.ofDays(365)));
    assertThrows(RejectedExecutionException.class, () -> limiter.acquire(11));
    assertEquals(100_000_000, limiter.acquireForced(11, SECOND));
    assertEquals(Decision.NEVER, limiter.acquireForced(1_000, SECOND));
    assertThrows(IllegalArgumentException.class, () -> Limits.parse("10/month"));
    assertEquals("10/30 days", Limits.parse("10/30 days").canonical());
    clock.advance(SECOND);
    long before = limiter.drain();
    limiter.acquireAsync(5, SECOND).cancel(false);
    clock.advance(SECOND);
    assertEquals(9, before);
    assertEquals(10, limiter.peek().remaining());
  }

  // Guava.

  @Test
  @SuppressWarnings("UnstableApiUsage")
  void guava() throws InterruptedException {
    assertEquals(
        10,
        guavaOf(() -> com.google.common.util.concurrent.RateLimiter.create(10)).getRate());
    assertEquals(10, ours("10/second").drain());
    var guava =
        com.google.common.util.concurrent.RateLimiter.create(1.0 / 3600); // starts with nothing
    RateLimiter limiter = Limits.parse("10/second").newRateLimiter(clock);
    assertTrue(guava.tryAcquire());
    assertTrue(limiter.tryAcquire());
    assertFalse(guava.tryAcquire()); // the next one pays
    assertFalse(guava.tryAcquire(1, 50, TimeUnit.MILLISECONDS));
    limiter.drain();
    long before = clock.nanoTime();
    assertFalse(limiter.tryAcquire(1, Duration.ofMillis(50)));
    assertEquals(before, clock.nanoTime());
    limiter.reset();
    guava = com.google.common.util.concurrent.RateLimiter.create(1.0 / 3600);
    assertEquals(0, guava.acquire(50));
    assertFalse(guava.tryAcquire());
    assertEquals(Duration.ofSeconds(4).toNanos(), limiter.acquireForced(50));
    assertThrows(RejectedExecutionException.class, () -> limiter.acquire(50));
    guava.setRate(20);
    assertEquals(20, guava.getRate());
    Limits.parse("20/second").applyTo(limiter);
    assertEquals("Gcra[20/second burst 20]", limiter.toString());
    var warm = com.google.common.util.concurrent.RateLimiter.create(10, Duration.ofSeconds(3));
    assertTrue(warm.tryAcquire());
  }

  private static com.google.common.util.concurrent.RateLimiter guavaOf(
      Supplier<com.google.common.util.concurrent.RateLimiter> create) {
    return create.get();
  }

  // resilience4j.

  private io.github.resilience4j.ratelimiter.RateLimiter resilience4j(Duration timeout) {
    RateLimiterConfig config = RateLimiterConfig.custom()
        .limitForPeriod(10)
        .limitRefreshPeriod(Duration.ofSeconds(1))
        .timeoutDuration(timeout)
        .build();
    return io.github.resilience4j.ratelimiter.RateLimiter.of("theirs", config, clock::nanoTime);
  }

  @Test
  void resilience4j_withoutWaiting_decidesAlike() {
    var r4j = resilience4j(Duration.ZERO);
    RateLimiter limiter = Limits.parse("10/second fixed-window").newRateLimiter(clock);
    assertDecideAlike(permits -> r4j.acquirePermission((int) permits), limiter::tryAcquire);
  }

  @Test
  void resilience4j_otherCalls() throws InterruptedException {
    assertEquals(Duration.ofSeconds(5), RateLimiterConfig.ofDefaults().getTimeoutDuration());
    var r4j = resilience4j(Duration.ofSeconds(5));
    RateLimiter limiter = io.limiter.TokenBucket.stepwise(Rate.perSecond(10), clock);
    assertTrue(r4j.acquirePermission(5));
    assertTrue(limiter.tryAcquire(5, Duration.ofSeconds(5)));
    assertEquals(r4j.getMetrics().getAvailablePermissions(), limiter.peek().remaining());
    r4j.drainPermissions();
    assertEquals(5, limiter.drain());
    assertEquals(0, r4j.getMetrics().getAvailablePermissions());
    assertEquals(
        r4j.reservePermission(5), limiter.reserve(5, Duration.ofSeconds(5)).waitNanos());
    assertEquals(-1, resilience4j(Duration.ZERO).reservePermission(11));
    assertFalse(limiter.reserve(11, Duration.ofSeconds(5)).granted());
  }

  @Test
  void resilience4j_changed_waitsForTheNextPeriod() {
    var r4j = resilience4j(Duration.ZERO);
    RateLimiter limiter = Limits.parse("10/second fixed-window").newRateLimiter(clock);
    r4j.drainPermissions();
    limiter.drain();
    r4j.changeLimitForPeriod(20);
    Limits.parse("20/second fixed-window").applyTo(limiter);
    assertFalse(r4j.acquirePermission(10));
    assertTrue(limiter.tryAcquire(10));
    clock.advance(SECOND);
    assertTrue(r4j.acquirePermission(20));
    assertTrue(limiter.tryAcquire(20));
  }

  @Test
  void resilience4j_denied_throws_andItsBulkhead() {
    var r4j = resilience4j(Duration.ZERO);
    r4j.drainPermissions();
    Supplier<String> call = () -> "called";
    Supplier<String> decorated =
        io.github.resilience4j.ratelimiter.RateLimiter.decorateSupplier(r4j, call);
    assertThrows(RequestNotPermitted.class, decorated::get);
    RateLimiter limiter = ours("1/second");
    limiter.tryAcquire();
    if (limiter.tryAcquire()) {
      throw new AssertionError("no exception, only false");
    }
    var bulkhead = io.github.resilience4j.bulkhead.Bulkhead.of(
        "theirs", BulkheadConfig.custom().maxConcurrentCalls(1).build());
    ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(1);
    assertTrue(bulkhead.tryAcquirePermission());
    try (Permit permit = concurrency.tryEnter()) {
      assertTrue(permit.granted());
      assertFalse(bulkhead.tryAcquirePermission());
      assertFalse(concurrency.tryEnter().granted());
    }
    assertEquals(0, concurrency.inFlight());
  }

  // Failsafe.

  @Test
  void failsafe() throws InterruptedException {
    assertEquals(
        Duration.ofMillis(100),
        dev.failsafe.RateLimiter.smoothBuilder(10, Duration.ofSeconds(1))
            .build()
            .getConfig()
            .getMaxRate());
    assertEquals(100_000_000, pace(Limits.parse("10/second burst 1").newRateLimiter(clock)));
    var failsafe =
        dev.failsafe.RateLimiter.burstyBuilder(10, Duration.ofHours(1)).build();
    RateLimiter limiter = io.limiter.TokenBucket.stepwise(Rate.perHour(10), clock);
    RateLimiter parsed = Limits.parse("10/hour fixed-window").newRateLimiter(clock);
    for (int call = 0; call < 10; call++) {
      assertTrue(failsafe.tryAcquirePermit());
      assertTrue(limiter.tryAcquire());
      assertTrue(parsed.tryAcquire());
    }
    assertFalse(failsafe.tryAcquirePermit());
    assertFalse(limiter.tryAcquire());
    assertFalse(parsed.tryAcquire());
    assertFalse(failsafe.tryAcquirePermits(2, Duration.ofMillis(50)));
    assertFalse(limiter.tryAcquire(2, Duration.ofMillis(50)));
    assertEquals(0, clock.nanoTime());
    Duration wait = failsafe.reservePermit();
    assertTrue(wait.compareTo(Duration.ofHours(1)) <= 0 && !wait.isZero());
    assertEquals(
        Duration.ofHours(1).toNanos(), limiter.reserve(1, Duration.ofDays(1)).waitNanos());
  }

  private static long pace(RateLimiter limiter) {
    limiter.tryAcquire();
    return limiter.peek().retryAfterNanos();
  }

  @Test
  void failsafe_bulkhead_ignoresOneReleaseTooMany() {
    var bulkhead = dev.failsafe.Bulkhead.<Object>of(1);
    ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(1);
    assertTrue(bulkhead.tryAcquirePermit());
    assertTrue(concurrency.tryAcquire());
    bulkhead.releasePermit();
    concurrency.release();
    bulkhead.releasePermit();
    assertThrows(IllegalStateException.class, () -> concurrency.release());
    assertTrue(bulkhead.tryAcquirePermit());
    assertFalse(bulkhead.tryAcquirePermit());
  }

  // x/time/rate: our side.

  @Test
  void xTimeRate() throws InterruptedException {
    RateLimiter limiter = Limits.parse("10/second burst 20").newRateLimiter(clock);
    long now = clock.nanoTime();
    assertTrue(limiter.tryAcquireAt(now, 5));
    assertTrue(limiter.tryAcquire(5, Duration.ofSeconds(1)));
    assertEquals(10, limiter.peek().remaining());
    Gcra one = Gcra.create(Rate.perSecond(10), 20, clock);
    one.drain();
    Reservation reservation = reserve(one, now);
    assertTrue(reservation.granted());
    assertEquals(500_000_000, reservation.waitNanos());
    assertEquals(0, one.peek().remaining());
    assertTrue(reservation.cancel());
    Limits.parse("20/second burst 20").applyTo(limiter);
    assertEquals("Gcra[20/second burst 20]", limiter.toString());
    assertTrue(Limits.parse("unlimited").newRateLimiter(clock).tryAcquire(Long.MAX_VALUE));
    assertFalse(Limits.parse("blocked").newRateLimiter(clock).tryAcquire(1));
  }

  private static Reservation reserve(RateLimiter limiter, long now) {
    return limiter.reserveAt(now, 5, Decision.NEVER);
  }

  // Semaphore.

  @Test
  void semaphore() throws InterruptedException {
    Semaphore semaphore = new Semaphore(5, true);
    ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(5);
    assertTrue(semaphore.tryAcquire(2));
    assertTrue(concurrency.tryAcquire(2));
    assertTrue(semaphore.tryAcquire(2, 50, TimeUnit.MILLISECONDS));
    assertTrue(concurrency.tryAcquire(2, Duration.ofMillis(50)));
    assertEquals(semaphore.availablePermits(), concurrency.limit() - concurrency.inFlight());
    assertEquals(1, semaphore.drainPermits());
    assertEquals(1, concurrency.drain());
    semaphore.release(5);
    concurrency.release(5);
    semaphore.release();
    assertEquals(6, semaphore.availablePermits());
    assertThrows(IllegalStateException.class, () -> concurrency.release());
    Permit permit = concurrency.tryEnter();
    permit.close();
    permit.close();
    assertEquals(0, concurrency.inFlight());
    concurrency.tryAcquire(5);
    concurrency.limit(3);
    assertEquals(-2, concurrency.limit() - concurrency.inFlight());
  }

  // The page.

  private static final Pattern ROW =
      Pattern.compile("^\\| (.*?) \\| (.*?) \\| .*\\|$", Pattern.MULTILINE);
  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

  private static String dense(String text) {
    return text.replaceAll(
        "\\s+|dev\\.failsafe\\.|io\\.github\\.resilience4j\\.ratelimiter\\.", "");
  }

  @Test
  void everyCallOfTheTables_runsHere() throws IOException {
    String guide = Files.readString(Path.of("../limiter-core/GUIDE.md"));
    String source = dense(
        Files.readString(Path.of("src/test/java/io/limiter/bench/rival/ComingFromTest.java")));
    List<String> calls = new ArrayList<>();
    String tables = guide.substring(guide.indexOf("\n## Coming from"));
    for (String table : tables.split("\n### ")) {
      for (Matcher row = ROW.matcher(table); row.find(); ) {
        boolean isGo = table.startsWith("x/time/rate");
        for (String cell : isGo ? List.of(row.group(2)) : List.of(row.group(1), row.group(2))) {
          SPAN.matcher(cell).results().map(span -> span.group(1)).forEach(calls::add);
        }
      }
    }
    calls.removeIf(call -> call.contains("{ ... }")); // whose parts are checked in the other rows
    List<String> missing =
        calls.stream().filter(call -> !source.contains(dense(call))).toList();
    assertEquals(List.of(), missing);
    assertTrue(calls.size() > 80, () -> calls.size() + " calls were found");
  }
}
