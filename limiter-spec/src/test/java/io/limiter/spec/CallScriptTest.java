package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.Rate;
import io.limiter.TokenBucket;
import java.util.List;
import net.jqwik.api.Example;

/** What a person is shown of a script that failed: each call as it was made, and when. */
class CallScriptTest {
  private static String message(Runnable script) {
    return assertThrows(AssertionError.class, script::run).getMessage();
  }

  @Example
  void failureOfReserving_tellsEachCallAndWhen() {
    ReserveProperties.Script script = new ReserveProperties.Script(
        7,
        Rate.perSecond(10),
        2,
        List.of(
            new ReserveProperties.Step(ReserveProperties.Verb.TRY_ACQUIRE, 1, 0, 0),
            new ReserveProperties.Step(ReserveProperties.Verb.PASS_TIME, 0, 2, 1),
            new ReserveProperties.Step(ReserveProperties.Verb.RESERVE, 0, 0, 0)));
    String message = message(() ->
        ReserveProperties.waitsAreThoseOfTheExactModel(script, ReserveMutants::chargesTheRefused));
    assertEquals("""
        wrong Gcra[10/second burst 2], created when the clock reads 7
          at 0 ns: tryAcquire(2)
          at 50000001 ns: reserve(1, 0 ns)
          at 50000001 ns: <- retryAfter of 1 ==> expected: <49999999> but was: <149999999>""", message);
  }

  @Example
  void failureOfAReceipt_tellsEachCallAndWhen() {
    ReceiptProperties.Script script = new ReceiptProperties.Script(
        7,
        Rate.perSecond(1),
        10,
        List.of(
            new ReceiptProperties.Step(ReceiptProperties.Verb.RESERVE, 4, 0, 0),
            new ReceiptProperties.Step(ReceiptProperties.Verb.PASS_TIME, 0, 8, 0),
            new ReceiptProperties.Step(ReceiptProperties.Verb.TRY_ACQUIRE, 4, 0, 0),
            new ReceiptProperties.Step(ReceiptProperties.Verb.CANCEL, 0, 0, 0)));
    String message = message(() -> ReceiptProperties.aCancelledChargeMintsNothingWhateverTheRateWas(
        script, ReserveMutants::givesBackWhatTimeRestored));
    assertEquals("""
        wrong Gcra[1/second burst 10], created when the clock reads 7
          at 0 ns: reserve(5, 0 ns)
          at 2000000000 ns: tryAcquire(5)
          at 2000000000 ns: cancel reservation 0 of those that are left
          at 2000000000 ns: <- remaining 7, at most 5 ==> expected: <true> but was: <false>""", message);
  }

  @Example
  void failureOfSteps_tellsEachCallAndWhen() {
    StepwiseReserveProperties.Script script = new StepwiseReserveProperties.Script(
        7,
        2,
        1,
        5,
        1,
        List.of(
            new StepwiseReserveProperties.Step(StepwiseReserveProperties.Verb.PASS_TIME, 1, 0),
            new StepwiseReserveProperties.Step(
                StepwiseReserveProperties.Verb.RESERVE_IN_TIME, 0, 9)));
    String message = message(() -> StepwiseReserveProperties.waitsAreForTheNextStepsAfterTheAnchor(
        script,
        (rate, burst, anchor, clock) ->
            TokenBucket.stepwise(rate, burst, burst, anchor + 1, clock)));
    assertEquals("""
        TokenBucket[1/5 ns burst 1 stepwise] anchor 2 ns later, created when the clock reads 7
          at 1 ns: reserve(1, 9 ns)
          at 1 ns: <- retryAfter of 1 ==> expected: <1> but was: <2>""", message);
  }

  @Example
  void failureOfConservation_tellsEachCallAndWhen() {
    ConservationProperties.Script script = new ConservationProperties.Script(
        7,
        0,
        1,
        List.of(
            new ConservationProperties.Step(ConservationProperties.Verb.RESERVE, 0, 1, 0),
            new ConservationProperties.Step(ConservationProperties.Verb.ACQUIRE_ASYNC, 0, 1, 0),
            new ConservationProperties.Step(ConservationProperties.Verb.PASS_TIME, 0, 1, 1),
            new ConservationProperties.Step(ConservationProperties.Verb.CANCEL, 0, 1, 1)));
    String message = message(() -> ConservationProperties.chargedIsWhatWasAdmittedAndWhatWaits(
        script, ReserveMutants::cancelledFuturesStayCharged));
    assertEquals("""
        wrong Gcra[10/second burst 1], created when the clock reads 7
          at 0 ns: reserve(1) by caller 1
          at 0 ns: acquireAsync(1) by caller 2
          at 25000001 ns: cancel what caller 2 asked for
          at 25000001 ns: <- charged to wrong Gcra[10/second burst 1] ==> \
        expected: <74999999> but was: <174999999>""", message);
  }

  @Example
  void failureOfARestart_tellsEachCallAndWhen() {
    List<SnapshotProperties.Step> before =
        List.of(new SnapshotProperties.Step(SnapshotProperties.Verb.TRY_ACQUIRE, 0, 4));
    List<SnapshotProperties.Step> after =
        List.of(new SnapshotProperties.Step(SnapshotProperties.Verb.TRY_ACQUIRE, 33, 0));
    String message = message(() -> SnapshotProperties.neverLooser(
        new SnapshotProperties.Restart(SnapshotProperties.LIMITERS.get("gcra"), 7, before, 0, 1, 3),
        after,
        true));
    assertEquals("""
        Gcra[3/100 ns burst 5], created when the clock reads 7
          at 0 ns: tryAcquire(5)
          at 0 ns: saved
          at 0 ns: restored when another clock reads 3, 1 ns later by the wall clock
          at 33 ns: tryAcquire(1) of both
          at 33 ns: <- admitted, though the saved one denies ==> expected: <true> but was: <false>""", message);
  }

  /** So that who reads it knows of an exception, too, what came before. */
  @Example
  void exceptionOfACall_tellsWhatCameBefore() {
    CallScript played = new CallScript("5 concurrent");
    String message = assertThrows(
            IllegalStateException.class,
            () -> played.run(() -> {
              played.tell("release(1)");
              throw new ArithmeticException("overflow");
            }))
        .getMessage();
    assertEquals("""
        5 concurrent
          release(1)
          <- java.lang.ArithmeticException: overflow""", message);
  }
}
