package io.limiter.tool;

import io.limiter.ManualClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What one rule text would have done to a log: one limiter per key, whose clock is the time of the
 * log. All limiters are created at the first event; so fixed windows start there, for all keys alike.
 */
final class Column implements KeyedEvents {
  /** A denied event: when, who, what it asked for, its wait in ns, and the member that denied it. */
  record Denial(long nanos, int key, long permits, long retryAfterNanos, int deniedBy) {}

  /** A key that had events denied; admitted and denied by span. */
  record Offender(int key, long denied, long events, int[] admittedSpans, int[] deniedSpans) {}

  static final int WORST = 10;
  static final int FIRST_DENIALS = 5;

  private static final Comparator<Denial> EARLIEST =
      Comparator.comparingLong(Denial::nanos).thenComparingInt(Denial::key);

  private final RuleText rules;
  private final TimeAxis axis;
  private final KeyTable keys;
  private final ManualClock clock;
  private final Comparator<Offender> worstFirst;

  private long admitted;
  private long denied;
  private long keysDenied;
  private final long[] deniedBy; // by member
  private final long[] admittedSpans;
  private final long[] deniedSpans;
  private final List<Offender> worst = new ArrayList<>();
  private final List<Denial> first = new ArrayList<>();

  // Of the key that is being replayed.
  private int key;
  private RuleText.Limiter limiter;
  private long keyEvents;
  private long keyDenied;
  private int keyFirstDenials;
  private final int[] keyAdmittedSpans;
  private final int[] keyDeniedSpans;
  private int firstSpan;
  private int lastSpan;

  /** A column for the events of {@code log}, counted by the spans of {@code axis}. */
  Column(RuleText rules, Log log, TimeAxis axis) {
    this.rules = rules;
    this.axis = axis;
    this.keys = log.keys();
    this.clock = ManualClock.startingAt(log.events().first());
    this.limiter = rules.fresh(clock);
    this.deniedBy = new long[rules.members().size()];
    this.admittedSpans = new long[axis.spans()];
    this.deniedSpans = new long[axis.spans()];
    this.keyAdmittedSpans = new int[axis.spans()];
    this.keyDeniedSpans = new int[axis.spans()];
    this.worstFirst = (a, b) -> a.denied() == b.denied()
        ? keys.compare(a.key(), b.key())
        : Long.compare(b.denied(), a.denied());
  }

  @Override
  public void begin(int newKey) {
    key = newKey;
    limiter = rules.fresh(clock);
    keyEvents = 0;
    keyDenied = 0;
    keyFirstDenials = 0;
    firstSpan = -1;
  }

  @Override
  public void event(long nanos, long permits) {
    keyEvents++;
    int span = axis.spanOf(nanos);
    firstSpan = firstSpan < 0 ? span : firstSpan;
    lastSpan = span;
    if (limiter.tryAcquireAt(nanos, permits)) {
      keyAdmittedSpans[span]++;
      return;
    }
    keyDenied++;
    keyDeniedSpans[span]++;
    long wait = limiter.retryAfterNanosAt(nanos, permits);
    deniedBy[limiter.deniedBy()]++;
    if (keyFirstDenials < FIRST_DENIALS) {
      keyFirstDenials++;
      keep(new Denial(nanos, key, permits, wait, limiter.deniedBy()));
    }
  }

  /** Keeps a denial if it is one of the first; of a key they come in their order. */
  private void keep(Denial denial) {
    int size = first.size();
    if (size == FIRST_DENIALS && EARLIEST.compare(denial, first.get(size - 1)) >= 0) {
      return;
    }
    first.add(denial);
    first.sort(EARLIEST); // stable
    if (size == FIRST_DENIALS) {
      first.remove(size);
    }
  }

  @Override
  public void end() {
    admitted += keyEvents - keyDenied;
    denied += keyDenied;
    if (keyDenied > 0) {
      keysDenied++;
      offender();
    }
    for (int i = firstSpan; i <= lastSpan; i++) {
      admittedSpans[i] += keyAdmittedSpans[i];
      deniedSpans[i] += keyDeniedSpans[i];
    }
    Arrays.fill(keyAdmittedSpans, firstSpan, lastSpan + 1, 0);
    Arrays.fill(keyDeniedSpans, firstSpan, lastSpan + 1, 0);
  }

  private void offender() {
    if (worst.size() == WORST && keyDenied < worst.get(WORST - 1).denied()) {
      return;
    }
    worst.add(
        new Offender(key, keyDenied, keyEvents, keyAdmittedSpans.clone(), keyDeniedSpans.clone()));
    worst.sort(worstFirst);
    if (worst.size() > WORST) {
      worst.remove(WORST);
    }
  }

  /** The rules. */
  RuleText rules() {
    return rules;
  }

  /** The time by spans. */
  TimeAxis axis() {
    return axis;
  }

  /** How many events were admitted. */
  long admitted() {
    return admitted;
  }

  /** How many events were denied. */
  long denied() {
    return denied;
  }

  /** How many keys had an event denied. */
  long keysDenied() {
    return keysDenied;
  }

  /** How many denied events had their longest wait from a member. */
  long deniedBy(int member) {
    return deniedBy[member];
  }

  /** The events that were admitted in a span. */
  long admitted(int span) {
    return admittedSpans[span];
  }

  /** The events that were denied in a span. */
  long denied(int span) {
    return deniedSpans[span];
  }

  /** The keys with the most denied events: most first, then in the order of the keys. */
  List<Offender> worst() {
    return worst;
  }

  /** The first events that were denied, in the order of time; of one time, in that of the keys. */
  List<Denial> firstDenials() {
    return first;
  }
}
