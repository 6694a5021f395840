package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualClockTest {

  @Test
  void nanoTime_withoutAMove_standsStill() {
    ManualClock clock = ManualClock.create();
    assertEquals(0, clock.nanoTime());
    assertEquals(0, clock.nanoTime());
  }

  @Test
  void advance_anyDistance_answersTheNewReading() {
    ManualClock clock = ManualClock.startingAt(100);
    assertEquals(1_000_000_100, clock.advance(Duration.ofSeconds(1)));
    assertEquals(90, clock.advanceNanos(-1_000_000_010));
    clock.set(Long.MAX_VALUE);
    assertEquals(Long.MIN_VALUE, clock.advanceNanos(1));
    assertEquals("ManualClock[-9223372036854775808 ns]", clock.toString());
  }

  @Test
  void advance_moreThan63Bits_throws() {
    ManualClock clock = ManualClock.create();
    assertThrows(
        ArithmeticException.class, () -> clock.advance(Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  void advance_tasksWhoseTimeHasCome_runInOrderOfTimeAndOfSetting() {
    // Where readings wrap around, and where sums of them do.
    for (long start : new long[] {0, Long.MAX_VALUE - 5, (1L << 62) - 20}) {
      ManualClock clock = ManualClock.startingAt(start);
      List<Integer> ran = new ArrayList<>();
      List<Integer> inOrder = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        int number = i;
        clock.runAfter(i < 10 ? 20 : 10, () -> ran.add(number));
        inOrder.add((i + 10) % 30);
      }
      clock.advanceNanos(9);
      assertEquals(List.of(), ran);
      assertEquals(30, clock.sleepers());
      clock.set(start + 20);
      assertEquals(inOrder, ran);
      assertEquals(0, clock.sleepers());
    }
  }

  @Test
  void runAfter_noTime_runsAtOnce() {
    ManualClock clock = ManualClock.create();
    List<Long> ran = new ArrayList<>();
    clock.runAfter(0, () -> ran.add(clock.nanoTime()));
    assertEquals(List.of(0L), ran);
  }

  @Test
  void parkNanos_noTime_returns() {
    ManualClock clock = ManualClock.startingAt(5);
    clock.parkNanos(this, 0);
    assertEquals(0, clock.sleepers());
  }

  @Test
  void set_timeOfASleeper_wakesIt() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    Thread sleeper = new Thread(() -> {
      while (clock.nanoTime() < 10) {
        clock.parkNanos(this, 10 - clock.nanoTime());
      }
    });
    sleeper.start();
    while (clock.sleepers() == 0) {
      Thread.onSpinWait();
    }
    clock.set(10);
    sleeper.join();
    assertEquals(0, clock.sleepers());
  }
}
