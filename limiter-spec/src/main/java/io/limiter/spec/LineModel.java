package io.limiter.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The reference for waiting: callers in line at the door of a limiter. They hold and charge nothing. The
 * first in line is admitted, all or nothing, and counts as of the first instant at which the limiter
 * admits it; then the next is first. Times are in ns since the limiter was created and never step back.
 */
public final class LineModel {
  private final LimiterModel limiter;
  private final boolean foresees;
  private final List<Caller> line = new ArrayList<>();
  private BigInteger now = BigInteger.ZERO; // until then all that were due are served

  /** Who asked for permits, to wait for them if need be. */
  public static final class Caller {
    private final BigInteger permits;
    private final BigInteger deadline; // null: waits for as long as it takes
    private LimiterModel.Receipt charge; // null unless it was admitted
    private BigInteger admitted; // when; the same
    private boolean refused;

    private Caller(BigInteger permits, BigInteger deadline) {
      this.permits = permits;
      this.deadline = deadline;
    }

    /** What it was charged; empty unless it was admitted. */
    public Optional<LimiterModel.Receipt> charge() {
      return Optional.ofNullable(charge);
    }

    /** As of when it was admitted; empty unless it was. */
    public Optional<BigInteger> admitted() {
      return Optional.ofNullable(admitted);
    }

    /** Whether it left, or was refused. */
    public boolean isRefused() {
      return refused;
    }

    private boolean isTooLate(BigInteger t) {
      return deadline != null && t.compareTo(deadline) > 0;
    }
  }

  /**
   * A line, empty so far, at the door of {@code limiter}.
   *
   * @param foresees whether it is for the model to refuse whoever comes too late; else it is said by
   *     {@link #refuse}, or they wait until their deadline
   */
  public LineModel(LimiterModel limiter, boolean foresees) {
    this.limiter = limiter;
    this.foresees = foresees;
  }

  /** How many are in line at time {@code t}. */
  public int size(BigInteger t) {
    advance(t);
    return line.size();
  }

  /** When the first in line is admitted, or the first of them has waited for too long; empty: never. */
  public Optional<BigInteger> next() {
    Optional<BigInteger> over = line.stream()
        .filter(each -> each.deadline != null)
        .map(each -> each.deadline)
        .reduce(BigInteger::min);
    Optional<BigInteger> due = line.isEmpty()
        ? Optional.empty()
        : limiter.retryAfter(now, line.get(0).permits).map(now::add);
    return due.isPresent() && over.isPresent() ? due.map(over.get()::min) : due.or(() -> over);
  }

  /** Time goes on to {@code t}; whoever is due by then is admitted, each in its time. */
  public void advance(BigInteger t) {
    while (next().isPresent() && next().get().compareTo(t) <= 0) {
      now = next().get().max(now);
      Caller first = line.get(0);
      if (limiter.admits(now, first.permits)) {
        line.remove(first);
        admit(first);
      } else if (now.equals(first.deadline)) {
        refuse(first); // then the next is first, and may be admitted at its own deadline
      } else {
        line.stream()
            .filter(each -> now.equals(each.deadline))
            .forEach(each -> each.refused = true);
        line.removeIf(Caller::isRefused);
      }
    }
    now = now.max(t);
  }

  private void admit(Caller caller) {
    caller.charge = limiter.take(now, caller.permits);
    caller.admitted = now;
  }

  /** Whether a call that does not wait is admitted: not while callers are in line. */
  public boolean admits(BigInteger t, BigInteger permits) {
    advance(t);
    return line.isEmpty() && limiter.admits(t, permits);
  }

  /**
   * Asks for {@code permits} from time t on, to wait until {@code deadline} at most; null for any time. Is
   * refused at once if, counting those ahead, that is known to be too short.
   */
  public Caller join(BigInteger t, BigInteger permits, BigInteger deadline) {
    Caller caller = new Caller(permits, deadline);
    if (admits(t, permits)) {
      admit(caller);
      return caller;
    }
    line.add(caller);
    if (foresees && isTooLate(caller)) {
      refuse(caller);
    }
    return caller;
  }

  /** Whether it is known that {@code caller}, who is in line, cannot be admitted in time. */
  public boolean isTooLate(Caller caller) {
    return late().contains(caller);
  }

  /** It leaves the line: those behind move up. */
  public void refuse(Caller caller) {
    caller.refused = true;
    line.remove(caller);
  }

  /** After a change, a debt or a penalty at time t: whoever is too late now is refused. */
  public void refuseWhoIsTooLate() {
    late().forEach(this::refuse);
  }

  /** Those in line who cannot be admitted in time, each counting those ahead that can. */
  private List<Caller> late() {
    List<Caller> late = new ArrayList<>();
    LimiterModel future = limiter.atBest();
    BigInteger at = now;
    for (Caller each : line) {
      Optional<BigInteger> then = future.retryAfter(at, each.permits).map(at::add);
      if (then.isEmpty() || each.isTooLate(then.get())) {
        late.add(each);
      } else {
        at = then.get();
        future.take(at, each.permits);
      }
    }
    return late;
  }

  /** What {@code permits} would be told at time t. While callers are in line, its wait counts them. */
  public ModelDecision peek(BigInteger t, long permits) {
    advance(t);
    if (line.isEmpty()) {
      return limiter.peek(t, permits);
    }
    LimiterModel future = limiter.atBest();
    BigInteger at = now;
    for (Caller each : line) {
      at = at.add(future.retryAfter(at, each.permits).orElseThrow());
      future.take(at, each.permits);
    }
    BigInteger last = at;
    return new ModelDecision(
        false,
        BigInteger.ZERO,
        future
            .retryAfter(last, BigInteger.valueOf(permits))
            .map(wait -> last.subtract(t).add(wait)),
        last.subtract(t).add(future.resetAfter(last)),
        0);
  }

  /** The limiter, and who is in line. */
  @Override
  public String toString() {
    return limiter + ", " + line.size() + " in line";
  }
}
