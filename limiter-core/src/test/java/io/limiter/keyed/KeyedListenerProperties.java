package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.LimitListener;
import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The listener of a keyed limiter is told what its counts count. */
class KeyedListenerProperties {
  private static final String[] TEXTS = {
    "2/second",
    "2/second, 5/10s",
    "3/second sliding-log, 5/10s sliding-log",
    "3/second fixed-window",
    "blocked"
  };
  private static final Duration[] WAITS = {Duration.ZERO, Duration.ofMillis(700)};

  /** Counts calls. */
  private static final class Heard implements LimitListener {
    private final long[] denied;
    private long admitted;
    private long waited;
    private long overflowed;

    Heard(int rules) {
      denied = new long[rules + 1];
    }

    @Override
    public void admitted(long permits) {
      admitted++;
    }

    @Override
    public void denied(long permits, int rule) {
      denied[Math.min(Math.max(rule, 0), denied.length - 1)]++;
    }

    @Override
    public void waited(long permits) {
      waited++;
    }

    @Override
    public void overflowed() {
      overflowed++;
    }
  }

  @Property(tries = 300)
  void listenerHearsWhatIsCounted(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ManualClock clock = ManualClock.create();
    Limits limits = Limits.parse(TEXTS[random.nextInt(TEXTS.length)]);
    Heard heard = new Heard(limits.rules().size());
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(limits, clock)
        .maxKeys(3)
        .counting(0)
        .listening(heard)
        .build();
    for (int i = 0; i < 60; i++) {
      call(limiter, random);
      clock.advance(Duration.ofMillis(random.nextInt(400)));
    }
    KeyedCounts<Integer> counts = limiter.counts();
    assertEquals(counts.admitted(), heard.admitted);
    assertEquals(counts.waited(), heard.waited);
    assertEquals(counts.overflowed(), heard.overflowed);
    for (int rule = 0; rule < heard.denied.length; rule++) {
      assertEquals(counts.denied(rule), heard.denied[rule], "rule " + rule);
    }
  }

  private static void call(KeyedLimiter<Integer> limiter, SplittableRandom random) {
    int key = random.nextInt(6);
    int permits = random.nextInt(4);
    Duration wait = WAITS[random.nextInt(WAITS.length)];
    switch (random.nextInt(9)) {
      case 0 -> limiter.tryAcquire(key, permits);
      case 1 -> limiter.decide(key, permits);
      case 2 -> limiter.tryEnter(key, permits);
      case 3 -> limiter.limiter(key).reserve(permits, wait);
      case 4 -> limiter.limiter(key).acquireAsync(permits, wait);
      case 5 -> limiter.gate(key).enterAsync(permits, wait);
      case 6 -> limiter.limiter(key).acquireForced(permits, wait);
      case 7 -> limiter.counts().shadow(key, random.nextBoolean());
      default -> limiter.override(key, Limits.parse(TEXTS[random.nextInt(TEXTS.length)]));
    }
  }
}
