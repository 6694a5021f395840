package io.limiter.tool;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * What limits would have done to a log: its events in the order of time, one limiter for each key.
 * The clock of a limiter is the time of the log, and its origin the first event of its key; so a
 * fixed window starts there.
 */
final class Replay {
  /** A denied event: when, who, what it asked for, and what it would have been told. */
  record Denial(long nanos, int key, long permits, Decision decision) {}

  static final int WORST = 10;
  static final int FIRST_DENIALS = 5;

  private final int[] eventsOf; // by key
  private final int[] deniedOf; // by key
  private final List<Denial> firstDenials = new ArrayList<>();
  private int denied;
  private int keysDenied;
  private Timeline timeline;

  private Replay(int keys) {
    this.eventsOf = new int[keys];
    this.deniedOf = new int[keys];
  }

  /** Replays the events of {@code log} with limiters that {@code limiters} makes. */
  static Replay run(LogReader log, Function<NanoClock, RateLimiter> limiters) {
    Replay replay = new Replay(log.keys().size());
    EventLog events = log.events();
    int last = events.size() - 1;
    if (last < 0) {
      return replay;
    }
    replay.timeline =
        Timeline.of(events.nanos(events.ranked(0)), events.nanos(events.ranked(last)), log.time());
    ManualClock clock = ManualClock.create();
    RateLimiter[] limiterOf = new RateLimiter[log.keys().size()];
    for (int rank = 0; rank <= last; rank++) {
      int event = events.ranked(rank);
      long nanos = events.nanos(event);
      int key = events.key(event);
      if (limiterOf[key] == null) {
        clock.set(nanos);
        limiterOf[key] = limiters.apply(clock);
      }
      boolean admitted = limiterOf[key].tryAcquireAt(nanos, events.permits(event));
      replay.eventsOf[key]++;
      replay.timeline.count(nanos, admitted);
      if (!admitted) {
        replay.deny(nanos, key, events.permits(event), limiterOf[key]);
      }
    }
    return replay;
  }

  private void deny(long nanos, int key, long permits, RateLimiter limiter) {
    denied++;
    if (deniedOf[key]++ == 0) {
      keysDenied++;
    }
    if (firstDenials.size() < FIRST_DENIALS) {
      firstDenials.add(new Denial(nanos, key, permits, limiter.peekAt(nanos, permits)));
    }
  }

  /** How many events were denied. */
  int denied() {
    return denied;
  }

  /** How many keys had an event denied. */
  int keysDenied() {
    return keysDenied;
  }

  /** The events of a key. */
  int eventsOf(int key) {
    return eventsOf[key];
  }

  /** The denied events of a key. */
  int deniedOf(int key) {
    return deniedOf[key];
  }

  /** Admitted and denied over time; null if there are no events. */
  Timeline timeline() {
    return timeline;
  }

  /** The first events that were denied, in the order of time. */
  List<Denial> firstDenials() {
    return firstDenials;
  }

  /** The keys with the most denied events: most first, then in the order of the keys. */
  int[] worst(KeyTable keys) {
    Comparator<Integer> worstFirst =
        (a, b) -> deniedOf[a] == deniedOf[b] ? keys.compare(a, b) : deniedOf[b] - deniedOf[a];
    Integer[] worst = new Integer[WORST + 1]; // one more than needed, to push the least off the end
    int size = 0;
    for (int key = 0; key < deniedOf.length; key++) {
      if (deniedOf[key] > 0 && (size < WORST || worstFirst.compare(key, worst[WORST - 1]) < 0)) {
        worst[size] = key;
        Arrays.sort(worst, 0, size + 1, worstFirst);
        size = Math.min(size + 1, WORST);
      }
    }
    return Arrays.stream(worst, 0, size).mapToInt(Integer::intValue).toArray();
  }
}
