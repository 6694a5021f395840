package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Random scripts of callers that wait for several members, and of others that use the members. */
class JointLineTest {
  private static final int SCRIPTS = 2_000;
  private static final long START = Long.MAX_VALUE - 300; // the clock wraps around in many of them

  /** Permits that a member admitted, less what was given back. */
  private static final class Event {
    final long time;
    long kept;

    Event(long time, long kept) {
      this.time = time;
      this.kept = kept;
    }
  }

  /** What at most was kept by a member in any interval: its formula. */
  @FunctionalInterface
  private interface Formula {
    long most(long from, long to);
  }

  private record Subject(RateLimiter limiter, Formula formula, List<Event> events) {
    void check(String script) {
      events.sort(Comparator.comparingLong(event -> event.time));
      for (int i = 0; i < events.size(); i++) {
        long sum = 0;
        for (int j = i; j < events.size(); j++) {
          sum += events.get(j).kept;
          long most = formula.most(events.get(i).time, events.get(j).time);
          if (sum > most) {
            assertEquals(
                most,
                sum,
                script + ": " + limiter + " from " + events.get(i).time + " to "
                    + events.get(j).time);
          }
        }
      }
    }
  }

  /** A caller that waits, or that has a reservation. */
  private static final class Call {
    final long permits;
    final CompletableFuture<Reservation> future;
    List<Event> events; // of each member, once it is admitted

    Call(long permits, CompletableFuture<Reservation> future) {
      this.permits = permits;
      this.future = future;
    }
  }

  /** One script. */
  private static final class Script {
    private final Random random;
    private final ManualClock clock = ManualClock.startingAt(START);
    private final List<Subject> subjects = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final long[] weights;
    private final AllOf all;

    Script(Random random) {
      this.random = random;
      int size = 1 + random.nextInt(3);
      this.weights = new long[size];
      List<RateLimiter> members = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        weights[i] = 1 + random.nextInt(5) / 4;
        subjects.add(subject());
        members.add(subjects.get(i).limiter);
      }
      this.all = AllOf.of(members, weights);
    }

    private Subject subject() {
      long n = 1 + random.nextInt(4);
      long p = 1 + random.nextInt(40);
      long b = 2 + random.nextInt(5);
      Rate rate = Rate.ofNanos(n, p);
      return switch (random.nextInt(4)) {
        case 0 -> subject(Gcra.create(rate, b, clock), (x, y) -> b + (y - x) * n / p);
        case 1 -> subject(TokenBucket.create(rate, b, clock), (x, y) -> b + (y - x) * n / p);
        case 2 -> subject(TokenBucket.stepwise(rate, b, clock), (x, y) -> b + (y / p - x / p) * n);
        default -> {
          long most = n + 1;
          yield subject(
              SlidingLog.create(Rate.ofNanos(most, p), clock),
              (x, y) -> y - x < p ? most : Long.MAX_VALUE);
        }
      };
    }

    private static Subject subject(RateLimiter limiter, Formula formula) {
      return new Subject(limiter, formula, new ArrayList<>());
    }

    private List<Event> admitted(long permits) {
      List<Event> events = new ArrayList<>();
      for (int i = 0; i < weights.length; i++) {
        Event event = new Event(clock.nanoTime() - START, weights[i] * permits);
        subjects.get(i).events.add(event);
        events.add(event);
      }
      return events;
    }

    private void settled(Call call, long actual) {
      for (int i = 0; i < weights.length; i++) {
        call.events.get(i).kept = weights[i] * actual;
      }
    }

    /** Notes who was admitted now, and that nobody waits for what is there. */
    private void look() {
      for (Call call : calls) {
        if (call.events == null
            && call.future.isDone()
            && !call.future.isCancelled()
            && call.future.join().granted()) {
          call.events = admitted(call.permits);
        }
      }
      calls.removeIf(call -> call.events == null && call.future.isDone());
      calls.stream().filter(call -> call.events == null).findFirst().ifPresent(head -> {
        boolean free = true;
        for (int i = 0; i < weights.length; i++) {
          free &= subjects.get(i).limiter.peek(weights[i] * head.permits).admitted();
        }
        assertFalse(free, "the first in line waits for what is there");
      });
    }

    private Call any(boolean waiting) {
      List<Call> some =
          calls.stream().filter(call -> waiting == (call.events == null)).toList();
      return some.isEmpty() ? null : some.get(random.nextInt(some.size()));
    }

    private void step() {
      long permits = random.nextInt(3);
      switch (random.nextInt(9)) {
        case 0, 1 -> {
          if (all.tryAcquire(permits)) {
            assertTrue(
                calls.stream().allMatch(call -> call.events != null || call.future.isDone()),
                "overtakes");
            admitted(permits);
          }
        }
        case 2, 3 -> {
          Duration wait = Duration.ofNanos(random.nextInt(200));
          calls.add(new Call(permits, all.reserveAsync(permits, wait)));
        }
        case 4 -> {
          int i = random.nextInt(weights.length);
          if (subjects.get(i).limiter.tryAcquire(permits)) {
            subjects.get(i).events.add(new Event(clock.nanoTime() - START, permits));
          }
        }
        case 5 -> {
          Call call = any(true);
          if (call != null) {
            call.future.cancel(false);
          }
        }
        case 6 -> {
          Call call = any(false);
          if (call != null) {
            long actual = random.nextInt((int) call.permits + 1);
            call.future.join().settle(actual);
            settled(call, actual);
            calls.remove(call);
          }
        }
        case 7 -> {
          Reservation now = all.reserve(permits, Duration.ZERO);
          if (now.granted()) {
            Call call = new Call(permits, CompletableFuture.completedFuture(now));
            call.events = admitted(permits);
            calls.add(call);
          }
        }
        default -> {
          for (int nanos = random.nextInt(20); nanos >= 0; nanos--) {
            clock.advanceNanos(1);
            look();
          }
        }
      }
      look();
    }
  }

  @Test
  void scripts_anyOfThem_breakNoMembersFormulaAndLeaveNobodyWaiting() {
    int admitted = 0;
    for (int seed = 0; seed < SCRIPTS; seed++) {
      Script script = new Script(new Random(seed));
      String name = "seed " + seed;
      Supplier<String> message = () -> name + " " + script.all;
      try {
        for (int i = 0; i < 100; i++) {
          script.step();
        }
        for (int i = 0; script.any(true) != null; i++) {
          assertTrue(i < 10_000, message);
          script.clock.advanceNanos(1);
          script.look();
        }
      } catch (AssertionError e) {
        throw new AssertionError(message.get(), e);
      }
      for (Subject subject : script.subjects) {
        subject.check(name);
        admitted += subject.events.size();
      }
      assertEquals(0, script.all.waiters(), message);
      assertEquals(0, script.clock.sleepers(), message);
    }
    assertTrue(admitted > SCRIPTS, "hardly anybody was admitted");
  }
}
