package io.limiter.tool;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What limits would have done to a log: its events in the order of time, by one keyed limiter. Its
 * clock is the time of the log, and it is created at the first event; so fixed windows start there,
 * for all keys alike.
 */
final class Replay {
  /** A denied event: when, who, what it asked for, and what it would have been told. */
  record Denial(long nanos, int key, long permits, Decision decision) {}

  static final int WORST = 10;
  static final int FIRST_DENIALS = 5;

  private static final long SPARE = 2; // room for so many times the keys, so that there is for each
  private static final long MAX_KEYS = 1 << 30; // of a keyed limiter

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

  /** Replays the events of {@code log}, with {@code limits} for each of its keys. */
  static Replay run(LogReader log, Limits limits) {
    Replay replay = new Replay(log.keys().size());
    EventLog events = log.events();
    int last = events.size() - 1;
    if (last < 0) {
      return replay;
    }
    replay.timeline =
        Timeline.of(events.nanos(events.ranked(0)), events.nanos(events.ranked(last)), log.time());
    LongKeyedLimiter limiter = LongKeyedLimiter.builder(
            limits, ManualClock.startingAt(events.nanos(events.ranked(0))))
        .maxKeys(Math.min(SPARE * log.keys().size(), MAX_KEYS))
        .build();
    for (int rank = 0; rank <= last; rank++) {
      int event = events.ranked(rank);
      long nanos = events.nanos(event);
      int key = events.key(event);
      boolean admitted = limiter.tryAcquireAt(nanos, key, events.permits(event));
      replay.eventsOf[key]++;
      replay.timeline.count(nanos, admitted);
      if (!admitted) {
        replay.deny(nanos, key, events.permits(event), limiter);
      }
    }
    return replay;
  }

  private void deny(long nanos, int key, long permits, LongKeyedLimiter limiter) {
    denied++;
    if (deniedOf[key]++ == 0) {
      keysDenied++;
    }
    if (firstDenials.size() < FIRST_DENIALS) {
      firstDenials.add(new Denial(nanos, key, permits, limiter.peekAt(nanos, key, permits)));
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
