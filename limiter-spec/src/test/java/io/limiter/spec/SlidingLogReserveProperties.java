package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.Reservation;
import io.limiter.SlidingLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The sliding log keeps its promise to those who wait, too. */
class SlidingLogReserveProperties {

  /** Permits count when they may be used: at once if admitted, after their wait if reserved. */
  @Property
  void inNoWindowMoreThanNAreAdmittedOrServed(
      @ForAll @Size(max = 60) List<@IntRange(max = 9_999) Integer> steps,
      @ForAll @IntRange(min = 1, max = 12) int n,
      @ForAll @IntRange(min = 1, max = 12) int n2) {
    List<Rate> windows = List.of(Rate.ofNanos(n, 10), Rate.ofNanos(n2, 25));
    ManualClock clock = ManualClock.create();
    SlidingLog log = SlidingLog.create(windows, clock);
    List<Reservation> waiting = new ArrayList<>();
    List<Long> served = new ArrayList<>(); // the time of each permit
    long until = 0;
    for (int step : steps) {
      int number = step / 10;
      long permits = number % Math.min(n, n2) + 1;
      switch (step % 10) {
        case 0, 1, 2 -> {
          for (int i = 0; i < number % 12; i++) {
            clock.advanceNanos(1);
            serve(waiting, served, clock);
          }
        }
        case 3, 4 -> {
          Decision said = log.peek(permits);
          assertEquals(said.admitted(), log.tryAcquire(permits));
          if (said.admitted()) {
            add(served, clock.nanoTime(), permits);
            assertTrue(waiting.isEmpty(), "overtook those who wait");
            assertTrue(clock.nanoTime() >= until, "admitted during a penalty");
          } else {
            long wait = said.retryAfterNanos();
            Reservation probe = log.reserve(permits, Duration.ofNanos(wait - 1));
            assertTrue(!probe.granted(), "granted in less than the wait");
          }
        }
        case 5, 6, 7 -> {
          Reservation reservation = log.reserveAt(clock.nanoTime(), permits, Long.MAX_VALUE);
          assertTrue(reservation.granted());
          waiting.add(reservation);
          serve(waiting, served, clock);
        }
        case 8 -> {
          if (!waiting.isEmpty()) {
            assertTrue(waiting.remove(number % waiting.size()).cancel());
            serve(waiting, served, clock);
          }
        }
        default -> {
          until = Math.max(until, clock.nanoTime() + number % 20);
          log.penalizeAt(clock.nanoTime(), number % 20);
        }
      }
    }
    for (Rate window : windows) {
      for (long from : served) {
        long sum = served.stream()
            .filter(time -> time >= from && time < from + window.periodNanos())
            .count();
        assertTrue(sum <= window.permits(), sum + " from " + from + " in " + window);
      }
    }
  }

  private static void serve(List<Reservation> waiting, List<Long> served, ManualClock clock) {
    while (!waiting.isEmpty() && waiting.get(0).waitNanos() == 0) {
      add(served, clock.nanoTime(), waiting.remove(0).permits());
    }
    long last = 0;
    for (Reservation each : waiting) {
      assertTrue(each.waitNanos() >= last, "served out of order");
      last = each.waitNanos();
    }
  }

  private static void add(List<Long> served, long time, long permits) {
    for (long i = 0; i < permits; i++) {
      served.add(time);
    }
  }
}
