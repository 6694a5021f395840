package io.limiter.tool;

import io.limiter.Decision;
import io.limiter.ManualClock;
import java.util.Map;
import java.util.TreeMap;

/**
 * What if denied requests obeyed Retry-After and came back? A request that is denied comes back at the
 * first whole second of the log's time that is not before the one it was told, as the header says whole
 * seconds. Requests that come at one instant come in the order in which they were first sent; those
 * that come back, before new ones.
 *
 * <p>Time is O(1) per request and per second in which requests come back, if all ask for the same
 * permits. Of one key at most {@value #MAX_WAITING} wait; more are turned away.
 */
final class Comeback implements KeyedEvents {
  /** How often a request comes back. */
  enum Patience {
    /** Once. */
    ONCE,
    /** Until it is admitted. */
    UNTIL_ADMITTED
  }

  static final int MAX_WAITING = 1_000_000;

  private static final long SECOND = Calendar.NANOS_PER_SECOND;

  /** A request that comes back; a list. */
  private static final class Waiter {
    final long sent; // ns
    final long permits;
    Waiter next;

    Waiter(long sent, long permits) {
      this.sent = sent;
      this.permits = permits;
    }
  }

  /** Requests that come back at one instant, in their order. */
  private static final class Crowd {
    Waiter first;
    Waiter last;
    long size;
    boolean uniform = true; // all ask for the same permits

    void add(Waiter waiter) {
      append(waiter, waiter, 1, true);
    }

    void append(Waiter head, Waiter tail, long count, boolean same) {
      uniform &= same && (first == null || first.permits == head.permits);
      if (first == null) {
        first = head;
      } else {
        last.next = head;
      }
      last = tail;
      size += count;
    }
  }

  private final RuleText rules;
  private final Patience patience;
  private final ManualClock clock;
  private final long offset; // ns from a whole second of the log's time to its first event
  private final long logEnd; // ns
  private final Tally waits = new Tally(); // seconds, rounded up, of those that were admitted
  private final TreeMap<Long, Crowd> crowds = new TreeMap<>(); // by when they come back
  private long waiting;

  private long denied;
  private long admittedLater;
  private long gaveUp;
  private long turnedAway;
  private long longestQueue;
  private long waitingAtEnd;
  private long keysWaitingAtEnd;
  private long lastAdmitted = Long.MIN_VALUE; // ns, of those that waited

  private RuleText.Limiter limiter;

  /** A simulation for {@code log}. */
  Comeback(RuleText rules, Patience patience, Log log) {
    this.rules = rules;
    this.patience = patience;
    this.clock = ManualClock.startingAt(log.events().first());
    this.offset = log.time().firstNanos();
    this.logEnd = log.events().last();
  }

  @Override
  public void begin(int key) {
    limiter = rules.fresh(clock);
  }

  @Override
  public void event(long nanos, long permits) {
    serve(nanos);
    if (limiter.tryAcquireAt(nanos, permits)) {
      return;
    }
    denied++;
    long back = comesBackAt(nanos, permits);
    if (back == Decision.NEVER) {
      gaveUp++;
    } else if (waiting == MAX_WAITING) {
      turnedAway++;
    } else {
      crowds.computeIfAbsent(back, at -> new Crowd()).add(new Waiter(nanos, permits));
      waiting++;
      longestQueue = Math.max(longestQueue, waiting);
    }
  }

  @Override
  public void end() {
    serve(logEnd);
    if (waiting > 0) {
      waitingAtEnd += waiting;
      keysWaitingAtEnd++;
      serve(Long.MAX_VALUE);
    }
  }

  /** Serves those that come back up to an instant. */
  private void serve(long until) {
    while (!crowds.isEmpty() && crowds.firstKey() <= until) {
      Map.Entry<Long, Crowd> due = crowds.pollFirstEntry();
      serve(due.getKey(), due.getValue());
    }
  }

  private void serve(long now, Crowd crowd) {
    long left = crowd.size;
    Waiter waiter = crowd.first;
    while (waiter != null) {
      Waiter next = waiter.next;
      if (limiter.tryAcquireAt(now, waiter.permits)) {
        admittedLater++;
        waiting--;
        lastAdmitted = Math.max(lastAdmitted, now);
        waits.add((now - waiter.sent + SECOND - 1) / SECOND);
      } else {
        long back = patience == Patience.ONCE ? Decision.NEVER : comesBackAt(now, waiter.permits);
        long moved = crowd.uniform ? left : 1; // of equal requests all are told the same
        if (back == Decision.NEVER) {
          gaveUp += moved;
          waiting -= moved;
        } else {
          Waiter tail = crowd.uniform ? crowd.last : waiter;
          tail.next = null;
          crowds.computeIfAbsent(back, at -> new Crowd()).append(waiter, tail, moved, true);
        }
        if (crowd.uniform) {
          return;
        }
      }
      left--;
      waiter = next;
    }
  }

  /** When a request that is denied now comes back: a whole second; NEVER if it is not to. */
  private long comesBackAt(long now, long permits) {
    long wait = limiter.retryAfterNanosAt(now, permits);
    if (wait > Long.MAX_VALUE / 4) {
      return Decision.NEVER; // beyond 73 years
    }
    long told = now + offset + wait;
    return Math.floorDiv(told + SECOND - 1, SECOND) * SECOND - offset;
  }

  /** How many requests were denied when they were sent. */
  long denied() {
    return denied;
  }

  /** How many of them were admitted when they came back. */
  long admittedLater() {
    return admittedLater;
  }

  /** How many did not come back, or were denied for good. */
  long gaveUp() {
    return gaveUp;
  }

  /** How many could not wait, as {@value #MAX_WAITING} of their key did. */
  long turnedAway() {
    return turnedAway;
  }

  /** The most that waited at once for one key. */
  long longestQueue() {
    return longestQueue;
  }

  /** How many waited when the log ended. */
  long waitingAtEnd() {
    return waitingAtEnd;
  }

  /** How many keys had requests waiting when the log ended. */
  long keysWaitingAtEnd() {
    return keysWaitingAtEnd;
  }

  /** How long after the end of the log the last that waited was admitted, ns; 0 if before. */
  long drainNanos() {
    return waitingAtEnd == 0 ? 0 : Math.max(0, lastAdmitted - logEnd);
  }

  /** The waits of those that were admitted later, in seconds rounded up. */
  Tally waits() {
    return waits;
  }

  /** How often requests come back. */
  Patience patience() {
    return patience;
  }
}
