package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;

import io.limiter.Decision;
import io.limiter.LevelPolicy;
import io.limiter.Rate;
import io.limiter.spec.UseScript.Verb;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Giving back by receipt, most calls of a script being that. A charge that was due gives back no more than
 * an exact replay would, in which each call asks for what it kept, and no less than the plain rule; once
 * the limit has changed, or was reset, nothing. What is not due is given back in full.
 */
class ReceiptProperties {
  static final String MINTS_NOTHING = "aChargeThatGivesBackMintsNothingWhateverTheRateWas";

  @Provide
  Arbitrary<UseScript> scripts() {
    Verb[] verbs = {
      Verb.PASS_TIME,
      Verb.PASS_TIME,
      Verb.TRY_ACQUIRE,
      Verb.RESERVE,
      Verb.RESERVE,
      Verb.CANCEL,
      Verb.CANCEL,
      Verb.SETTLE,
      Verb.REFUND,
      Verb.CHANGE,
      Verb.RESET
    };
    return UseScript.of(
        Arbitraries.oneOf(
            UseScript.gcras().map(each -> (Setup) each),
            UseScript.buckets(false),
            UseScript.buckets(true)),
        verbs);
  }

  @Property
  void aChargeThatGivesBackMintsNothingWhateverTheRateWas(
      @ForAll @From("scripts") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Example
  void theGuaranteeOfReceiptsCatchesItsMutants() {
    Arbitrary<UseScript> ofGcras = scripts().filter(each -> each.setup() instanceof Setup.OfGcra);
    assertCaught(
        List.of(trial(MINTS_NOTHING, ofGcras, UseScript::play)),
        Kernel::limiter,
        Map.of(
            MINTS_NOTHING,
            Map.of(
                "givesBackWhatTimeRestored",
                UseProperties.of(ReserveMutants::givesBackWhatTimeRestored),
                "givesNothingBackOnceDue",
                UseProperties.of(ReserveMutants::givesNothingBackOnceDue),
                "givesBackAtAnOldReading",
                UseProperties.of(ReserveMutants::givesBackAtAnOldReading),
                "pricesThePastAtTheNewRate",
                UseProperties.of(ReserveMutants::pricesThePastAtTheNewRate),
                "pricesReceiptsAtTheNewRate",
                UseProperties.of(ReserveMutants::pricesReceiptsAtTheNewRate))));
  }

  private interface Calls extends Consumer<LimiterAndModel> {}

  private static void play(Rate rate, long burst, Calls calls) {
    List<Setup> setups = List.of(
        new Setup.OfGcra(rate, burst),
        new Setup.OfBucket(rate, burst, burst, false, 0),
        new Setup.OfBucket(rate, burst, burst, true, 0));
    for (Setup setup : setups) {
      LimiterAndModel both = new LimiterAndModel(setup, 0, 0, Kernel::limiter);
      both.played.run(() -> {
        calls.accept(both);
        both.compare();
        both.checkBooks();
        both.leaveAll();
      });
    }
  }

  /** Found by the properties: what a refund lost at the burst is not given back by a cancel. */
  @Example
  void timelinesThatMinted() {
    // Once the first two are cancelled in turn, time was lost before the third was charged.
    play(Rate.perSecond(3), 1, both -> {
      both.tryAcquire(1);
      both.pass(166_666_667);
      both.reserve(1, Decision.NEVER);
      both.reserve(1, Decision.NEVER);
      both.pass(250_000_000);
      both.reserve(1, Decision.NEVER);
      both.close(0, 0);
      both.compare();
      both.close(1, 0);
    });
    play(Rate.perSecond(1), 10, both -> {
      both.reserve(5, 0);
      both.refund(5);
      both.tryAcquire(5);
      both.close(0, 0);
    });
    play(Rate.perSecond(3), 2, both -> {
      both.reserve(1, 0);
      both.reserve(2, Decision.NEVER);
      both.refund(2);
      both.tryAcquire(1);
      both.close(0, 0);
      both.compare();
      both.close(1, 0);
    });
    play(Rate.perSecond(3), 2, both -> {
      both.reserve(1, 0);
      both.reserve(1, 0);
      both.close(0, 0);
      both.pass(1);
      both.tryAcquire(1);
      both.close(1, 0);
    });
    // What was charged for those who wait counts as what the refund left of it.
    play(Rate.perSecond(3), 1, both -> {
      both.tryAcquire(1);
      both.reserve(1, Decision.NEVER);
      both.reserve(1, Decision.NEVER);
      both.refund(2);
      both.close(0, 0);
    });
  }

  /** More refunds, each leaving more charged than the one before, than a limiter keeps apart. */
  @Example
  void refundsWithoutEndMintNothing() {
    for (long large : new long[] {401, 1}) {
      play(Rate.perSecond(10), 500, both -> {
        for (int i = 0; i < 100; i++) {
          if (i % 3 == 0) {
            both.reserve(3, 0);
          } else {
            both.tryAcquire(3);
          }
          both.refund(i % 10 == 0 ? large : 1);
          both.pass(25_000_000L * (i % 4));
        }
        for (int i = 0; i < 34; i++) {
          both.close(7 * i, 0);
        }
      });
    }
  }

  /** A change of what a limiter is ends the receipts of what was due; one to the same limit does not. */
  @Example
  void afterAChangeAReceiptGivesNothingBack() {
    for (boolean changes : new boolean[] {true, false}) {
      play(Rate.perSecond(3), 2, both -> {
        both.reserve(2, 0);
        both.change(both.setup(changes ? 3 : 2), LevelPolicy.SPENT);
        both.close(0, 0);
        both.compare();
        both.reserve(2, Decision.NEVER);
        both.reserve(2, Decision.NEVER);
        both.change(both.setup(changes ? 4 : 2), LevelPolicy.SPENT);
        both.close(2, 0); // which is not due
      });
    }
  }
}
