package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.Reservation;
import io.limiter.SlidingLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
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

  /** The books of the callers of one log: of its largest window, which is not changed. */
  private static class Books {
    private static final long LARGEST = 25; // ns

    final ManualClock clock = ManualClock.create();
    final SlidingLog log = SlidingLog.create(windows(4), clock);
    final List<Reservation> waiting = new ArrayList<>(); // in the order of their charges
    final List<Long> held = new ArrayList<>(); // by those who wait
    final List<Reservation> due = new ArrayList<>();
    final List<Long> charges = new ArrayList<>(); // of those who are due
    final List<Long> dates = new ArrayList<>(); // when they were
    final List<Long> admitted = new ArrayList<>(); // the time of each permit

    private static List<Rate> windows(int n) {
      return List.of(Rate.ofNanos(n, 10), Rate.ofNanos(7, LARGEST));
    }

    /** Each number is a call, and what it is given. */
    void play(int verb, int number) {
      long permits = number % 3 + 1;
      switch (verb) {
        case 0, 1, 2 -> {
          for (int i = 0; i < number % 12; i++) {
            clock.advanceNanos(1);
            observe();
          }
        }
        case 3 -> {
          if (log.tryAcquire(permits)) {
            add(admitted, clock.nanoTime(), permits);
          }
        }
        case 4, 5, 6 -> {
          Reservation reservation = log.reserve(permits, Duration.ofNanos(number % 40));
          if (reservation.granted()) {
            waiting.add(reservation);
            held.add(permits);
          }
        }
        case 7 -> close(number, 0);
        case 8 -> close(number, number % 4);
        case 9 -> {
          boolean can = isNewest(permits, newest());
          assertEquals(can, log.refund(permits), "took the newest back");
          removeNewest(can ? permits : 0);
        }
        case 10 -> log.penalizeAt(clock.nanoTime(), number % 20);
        default -> log.reconfigure(windows(number % 3 + 3));
      }
      observe();
    }

    private long newest() {
      return admitted.isEmpty() ? -1 : admitted.get(admitted.size() - 1);
    }

    /** Cancels, or settles for fewer. */
    private void close(int number, long actual) {
      int all = waiting.size() + due.size();
      int i = all == 0 ? 0 : number % all;
      if (i < waiting.size()) {
        long left = Math.min(actual, held.get(i));
        if (close(waiting.get(i), left)) {
          held.set(i, left);
          if (left == 0) {
            waiting.remove(i);
            held.remove(i);
          }
        }
      } else if (i < all) {
        i -= waiting.size();
        long charge = charges.remove(i);
        long time = dates.remove(i);
        long back = Math.max(charge - actual, 0);
        boolean can = isNewest(back, actual == 0 ? time : newest());
        boolean closed = close(due.remove(i), charge - back);
        removeNewest(closed && can ? back : 0);
      }
    }

    boolean close(Reservation reservation, long actual) {
      return actual == 0 ? reservation.cancel() : reservation.settle(actual);
    }

    /** Whether a log can take so many back that were admitted at {@code time}. */
    private boolean isNewest(long permits, long time) {
      return newest() == time
          && clock.nanoTime() - time < LARGEST
          && admitted.stream().filter(each -> each == time).count() >= permits;
    }

    private void removeNewest(long permits) {
      admitted.subList(admitted.size() - (int) permits, admitted.size()).clear();
    }

    /** Who is due holds no more; what the log remembers is what was admitted and what is held. */
    private void observe() {
      while (!waiting.isEmpty() && waiting.get(0).waitNanos() == 0) {
        long permits = held.remove(0);
        due.add(waiting.remove(0));
        charges.add(permits);
        dates.add(clock.nanoTime());
        add(admitted, clock.nanoTime(), permits);
      }
      long young =
          admitted.stream().filter(time -> clock.nanoTime() - time < LARGEST).count();
      String[] said = log.snapshot().toString().split(" ahead");
      assertEquals(young, charged(said[0].substring(said[0].indexOf("log"))), "admitted");
      long waits = held.stream().mapToLong(Long::longValue).sum();
      assertEquals(waits, said.length == 1 ? 0 : charged(said[1]), "held by those who wait");
    }

    /** The sum of the permits in {@code " 7:3 4:1"}. */
    private static long charged(String times) {
      return Stream.of(times.split(" "))
          .filter(time -> time.contains(":"))
          .mapToLong(time -> Long.parseLong(time.substring(time.indexOf(':') + 1)))
          .sum();
    }
  }

  /** After every step; a settled reservation that was due gives back as a refund does. */
  @Property
  void chargedIsWhatWasAdmittedAndWhatWaits(
      @ForAll @Size(max = 60) List<@IntRange(max = 11_999) Integer> steps) {
    Books books = new Books();
    steps.forEach(step -> books.play(step % 12, step / 12));
  }

  @Example
  void aCancelThatGivesNothingBack_isCaught() {
    Books forgetful = new Books() {
      @Override
      boolean close(Reservation reservation, long actual) {
        return true;
      }
    };
    forgetful.play(3, 2);
    forgetful.play(4, 38);
    assertThrows(AssertionError.class, () -> forgetful.play(7, 0));
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
