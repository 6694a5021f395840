package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys with limits of their own whose words are replaced. */
class KeyWordsTest {
  private static final List<String> LIMITS = List.of("5/hour", "5/hour, 9/day fixed-window");

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE);

  /** With an array that the test can freeze, as a thread does that stalls while it replaces it. */
  private final class Subject {
    final Words words;
    final WordArray array;
    final KeyWords key;

    Subject(String text) {
      Limits limits = Limits.parse(text);
      this.words = new Words(KeyRate.of(limits, clock.nanoTime()));
      this.array = words.fresh(clock.nanoTime());
      this.key = new KeyWords(limits, words, array, clock.nanoTime() - 1_000, clock);
    }

    void freezeLast() {
      int last = words.size() - 1;
      assertTrue(array.casWord(last, array.word(last), array.word(last) + WordArray.FROZEN));
    }

    long remaining() {
      return key.peek(clock.nanoTime(), 1).remaining();
    }
  }

  @Test
  void wordsThatAreFrozen_areReplacedByWhoeverComes() {
    for (String limits : LIMITS) {
      for (int verb = 0; verb < 4; verb++) {
        Subject subject = new Subject(limits);
        long now = clock.nanoTime();
        assertTrue(subject.key.tryAcquire(now, 2));
        subject.freezeLast();
        assertEquals(3, subject.remaining(), limits);
        switch (verb) {
          case 0 -> assertTrue(subject.key.tryAcquire(now, 1));
          case 1 -> assertEquals(2, subject.key.decide(now, 1).remaining());
          case 2 -> assertTrue(subject.key.tryEnter(now, 1).granted());
          default -> assertTrue(subject.key.refund(now, 1));
        }
        assertEquals(verb < 3 ? 2 : 4, subject.remaining(), limits);
        subject.array.freezeWords();
        assertEquals(verb < 3 ? 2 : 4, subject.remaining(), "nobody goes on with the old ones");
      }
    }
  }

  @Test
  void callThatIsRolledBack_whileItsWordsAreReplaced_leavesNoCharge() {
    Subject subject = new Subject(LIMITS.get(1));
    assertTrue(subject.key.tryAcquire(clock.nanoTime(), 1));
    subject.freezeLast();
    int verdict =
        subject.words.chargeFrom(0, subject.array, 0, null, 0, clock.nanoTime(), 2, subject.key);
    assertEquals(Words.MOVED, verdict);
    assertEquals(4, subject.remaining());
    assertTrue(subject.key.tryAcquire(clock.nanoTime(), 4));
    assertFalse(subject.key.tryAcquire(clock.nanoTime(), 1));
  }

  /** A permit has a million parts of a ns to count, so the origin moves every ten minutes. */
  @Test
  void originThatMoves_leavesDecisionsAsTheyAre() {
    for (String text : List.of(
        "999983/second burst 2000000000", "999983/second burst 2000000000, 1000000000000/day")) {
      KeyedLimiter<String> limiter =
          KeyedLimiter.<String>builder(Limits.parse("3/second"), clock).build();
      limiter.override("a", Limits.parse(text));
      RateLimiter twin = Limits.parse(text).newRateLimiter(clock);
      assertTrue(twin.tryAcquire(1_900_000_000));
      assertTrue(limiter.tryAcquire("a", 1_900_000_000));
      for (int i = 0; i < 8; i++) {
        clock.advance(Duration.ofSeconds(400));
        assertEquals(twin.peek(1 + i), limiter.peek("a", 1 + i), text);
        assertEquals(twin.decide(300_000_000), limiter.decide("a", 300_000_000), text);
      }
      clock.advanceNanos(GcraMath.of(Rate.perSecond(1)).horizonNanos());
      assertEquals(twin.decide(), limiter.decide("a"), text);
      assertEquals(twin.peek(), limiter.peek("a"), text);
    }
  }

  /** Long after the keyed limiter was created: many times as far as its words reach. */
  @Test
  void override_farFromTheStart_keepsWhatWasSpent() {
    String text = "999983/second burst 2000000000";
    for (String own : List.of(text, "999979/second burst 2000000000", "7/day, " + text)) {
      KeyedLimiter<String> limiter =
          KeyedLimiter.<String>builder(Limits.parse(text), clock).build();
      clock.advance(Duration.ofDays(3));
      assertTrue(limiter.tryAcquire("a", 1_900_000_000));
      limiter.override("a", Limits.parse(own));
      assertFalse(limiter.tryAcquire("a", 100_000_001), own);
      assertEquals(own.startsWith("7") ? 7 : 100_000_000, limiter.peek("a").remaining(), own);
      clock.advance(Duration.ofDays(3));
      assertTrue(limiter.tryAcquire("a", 5), own);
      limiter.clearOverride("a");
      assertEquals(1_999_999_995, limiter.peek("a").remaining(), own);
    }
  }

  @Test
  void readingBeforeTheFloor_countsAsTheFloor() {
    Subject subject = new Subject(LIMITS.get(0));
    assertTrue(subject.key.tryAcquire(clock.nanoTime() - Duration.ofDays(1).toNanos(), 5));
    assertEquals(
        Duration.ofMinutes(12).toNanos() - 1_000,
        subject.key.peek(clock.nanoTime(), 1).retryAfterNanos());
  }
}
