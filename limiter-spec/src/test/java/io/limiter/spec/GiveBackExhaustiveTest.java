package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Giving back, on every script of a few calls: T = 1 ns, a small burst, and in any order: 1 ns passes; k
 * permits are taken, or taken with a receipt, or reserved if that has to wait; a receipt is settled for
 * less, or cancelled; a permit is given back as a gift.
 *
 * <p>After each call no window holds more than its formula of the permits that were kept. No receipt gives
 * back more than an exact replay of all calls would, each asking for what it kept; all of them together
 * give back nearly as much.
 */
class GiveBackExhaustiveTest {
  private LimiterAndModel.Factory factory = Kernel::limiter;
  private long scripts;
  private Rational due = Rational.ZERO;
  private Rational lost = Rational.ZERO;

  private interface Call extends Consumer<LimiterAndModel> {}

  /** Plays {@code calls}, of which all but the last were checked, and then each that may follow. */
  private void play(long burst, List<Call> calls, int more) {
    scripts++;
    LimiterAndModel both =
        new LimiterAndModel(new Setup.OfGcra(Rate.ofNanos(1, 1), burst), 0, 0, factory);
    both.played.run(() -> {
      for (int i = 0; i < calls.size(); i++) {
        boolean last = i + 1 == calls.size();
        Rational lostBefore = both.lost;
        Rational dueBefore = both.due;
        calls.get(i).accept(both);
        if (last) {
          lost = lost.plus(both.lost.minus(lostBefore));
          due = due.plus(both.due.minus(dueBefore));
        }
      }
      both.compare();
      both.checkBooks();
    });
    for (Call next : more == 0 ? List.<Call>of() : next(both, burst)) {
      List<Call> longer = new ArrayList<>(calls);
      longer.add(next);
      play(burst, longer, more - 1);
    }
  }

  private static List<Call> next(LimiterAndModel both, long burst) {
    List<Call> next = new ArrayList<>();
    next.add(one -> one.pass(1));
    for (long k = 1; k <= burst; k++) {
      long permits = k;
      if (both.admits(permits)) {
        next.add(one -> one.tryAcquire(permits));
        next.add(one -> one.reserve(permits, 0));
      } else {
        next.add(one -> one.reserve(permits, Decision.NEVER));
      }
    }
    List<Long> receipts = both.receipts();
    for (int i = 0; i < receipts.size(); i++) {
      int receipt = i;
      for (long a = 0; a < receipts.get(i); a++) {
        long actual = a;
        next.add(one -> one.close(receipt, actual));
      }
    }
    if (!both.isFull()) {
      next.add(one -> one.refund(1));
    }
    return next;
  }

  private void assertNearlyExact(long burst, int calls, long least, long mostLostPercent) {
    play(burst, List.of(), calls);
    assertTrue(scripts > least, () -> scripts + " scripts");
    assertTrue(
        lost.compareTo(due.times(Rational.of(mostLostPercent, 100))) <= 0,
        () -> "lost " + lost + " of " + due + " permits");
  }

  @Test
  void everyScriptOfSevenCalls_burstOfOne_mintsNothingAndLosesLittle() {
    assertNearlyExact(1, 7, 10_000, 12); // a single permit is lost as a whole
  }

  @Test
  void everyScriptOfSixCalls_burstOfTwo_mintsNothingAndLosesLittle() {
    assertNearlyExact(2, 6, 40_000, 5);
  }

  @Test
  void everyScriptOfFiveCalls_burstOfThree_mintsNothingAndLosesLittle() {
    assertNearlyExact(3, 5, 20_000, 2);
  }

  @Test
  void aReceiptThatGivesBackTooMuchOrTooLittle_isCaught() {
    List<UseProperties.OfRate> mutants = List.of(
        ReserveMutants::givesBackWhatTimeRestored,
        ReserveMutants::givesNothingBackOnceDue,
        ReserveMutants::givesBackAtAnOldReading);
    for (UseProperties.OfRate mutant : mutants) {
      factory = UseProperties.of(mutant);
      assertThrows(AssertionError.class, () -> play(2, List.of(), 5));
    }
  }
}
