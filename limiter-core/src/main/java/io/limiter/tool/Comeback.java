package io.limiter.tool;

import io.limiter.Decision;
import io.limiter.ManualClock;
import java.util.Comparator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * What if denied requests obeyed Retry-After and came back? A request that is denied comes back at the
 * first whole second of the log's time that is not before the one it was told, as the header says whole
 * seconds. Requests that come at one instant come in the order in which they were first sent; those
 * that come back, before new ones.
 *
 * <p>If all requests of a key ask for the same permits, each request and each second in which some
 * come back costs O(log^2 n) amortized, where n requests of the key wait: those that are denied
 * together move together. Of one key at most {@value #MAX_WAITING} wait; more are turned away.
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

  /** A request that comes back: when it was sent (ns), and which it was of those of its key. */
  private record Waiter(long number, long sent, long permits) {}

  /**
   * Requests that come back at one instant, in the order in which they were first sent. They do not
   * arrive in that order: one that is denied once more can be older than those that wait already.
   */
  private static final class Crowd {
    private PriorityQueue<Waiter> waiters =
        new PriorityQueue<>(1, Comparator.comparingLong(Waiter::number));
    private boolean uniform = true; // all ask for the same permits

    Crowd(Waiter waiter) {
      waiters.add(waiter);
    }

    /** Takes in another crowd, which is not empty and is of no use then. */
    Crowd join(Crowd other) {
      uniform &= other.uniform && first().permits() == other.first().permits();
      boolean isSmaller = waiters.size() < other.waiters.size();
      PriorityQueue<Waiter> fewer = isSmaller ? waiters : other.waiters;
      waiters = isSmaller ? other.waiters : waiters;
      waiters.addAll(fewer);
      return this;
    }

    Waiter first() {
      return waiters.peek();
    }

    void removeFirst() {
      waiters.remove();
    }

    int size() {
      return waiters.size();
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
  private long requests; // of the key so far

  /** A simulation for {@code log}. */
  Comeback(RuleText rules, Patience patience, Log log) {
    this.rules = rules;
    this.patience = patience;
    this.clock = ManualClock.startingAt(log.events().first());
    this.limiter = rules.fresh(clock);
    this.offset = log.time().firstNanos();
    this.logEnd = log.events().last();
  }

  @Override
  public void begin(int key) {
    limiter = rules.fresh(clock);
    requests = 0;
  }

  @Override
  public void event(long nanos, long permits) {
    serve(nanos);
    requests++;
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
      crowds.merge(back, new Crowd(new Waiter(requests, nanos, permits)), Crowd::join);
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
    while (crowd.size() > 0) {
      Waiter waiter = crowd.first();
      if (limiter.tryAcquireAt(now, waiter.permits())) {
        crowd.removeFirst();
        admittedLater++;
        waiting--;
        lastAdmitted = Math.max(lastAdmitted, now);
        waits.add((now - waiter.sent() + SECOND - 1) / SECOND);
        continue;
      }
      long back = patience == Patience.ONCE ? Decision.NEVER : comesBackAt(now, waiter.permits());
      if (crowd.uniform) { // of equal requests all are told the same
        comeBack(back, crowd);
        return;
      }
      crowd.removeFirst();
      comeBack(back, new Crowd(waiter));
    }
  }

  /** Lets requests that were denied come back once more, or never. */
  private void comeBack(long back, Crowd crowd) {
    if (back == Decision.NEVER) {
      gaveUp += crowd.size();
      waiting -= crowd.size();
    } else {
      crowds.merge(back, crowd, Crowd::join);
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
