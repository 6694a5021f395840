package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.Rate;
import java.util.List;
import net.jqwik.api.Example;

/** What a person is shown of a script that failed: each call as it was made, and when. */
class CallScriptTest {
  private static String message(Runnable script) {
    return assertThrows(AssertionError.class, script::run).getMessage();
  }

  private static UseScript script(Setup setup, UseScript.Step... steps) {
    return new UseScript(setup, 0, 7, List.of(steps));
  }

  @Example
  void failureOfReserving_tellsEachCallAndWhen() {
    UseScript script = script(
        new Setup.OfGcra(Rate.perSecond(10), 2),
        new UseScript.Step(UseScript.Verb.TRY_ACQUIRE, 2, 0, 0),
        new UseScript.Step(UseScript.Verb.PASS_TIME, 0, 2, 1),
        new UseScript.Step(UseScript.Verb.RESERVE, 1, 0, 0));
    String message =
        message(() -> script.play(UseProperties.of(ReserveMutants::chargesTheRefused)));
    assertEquals("""
        wrong Gcra[10/second burst 2], created when the clock reads 7
          at 0 ns: tryAcquire(2)
          at 0 ns: 50000001 ns pass
          at 50000001 ns: reserve(1, 0 ns)
          at 50000001 ns: <- missing from wrong Gcra[10/second burst 2] ==> \
        expected: <149999999/100000000> but was: <249999999/100000000>""", message);
  }

  @Example
  void failureInLine_tellsEachCallAndWhen() {
    UseScript script = script(
        new Setup.OfGcra(Rate.perSecond(10), 1),
        new UseScript.Step(UseScript.Verb.RESERVE, 1, 1, 0),
        new UseScript.Step(UseScript.Verb.ACQUIRE_ASYNC, 1, 1, 0),
        new UseScript.Step(UseScript.Verb.PASS_TIME, 0, 1, 1),
        new UseScript.Step(UseScript.Verb.LEAVE, 0, 0, 0));
    String message =
        message(() -> script.play(UseProperties.of(ReserveMutants::cancelledFuturesStayInLine)));
    assertEquals("""
        wrong Gcra[10/second burst 1], created when the clock reads 7
          at 0 ns: reserve(1)
          at 0 ns: acquireAsync(1) by caller 1
          at 0 ns: 25000001 ns pass
          at 25000001 ns: caller 1 leaves
          at 25000001 ns: <- peek(0): admitted ==> expected: <true> but was: <false>""", message);
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
