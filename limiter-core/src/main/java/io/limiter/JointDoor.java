package io.limiter;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where callers stand in line for several members: for an {@link AllOf} or a {@link Gate}. The first in
 * line looks at all members, then takes all or none; nothing is held while it waits.
 */
final class JointDoor extends Door {
  /*
   * Representation. While callers are in line, this door watches the members: it is told of whatever
   *   gives permits back.
   * Invariants.
   *   I1  The door watches before it looks, so nothing comes back unnoticed.
   *   I2  No charge is dated before permits came back that it needs. A member writes its version before
   *       they can be seen; so once a wait was computed, and the versions are those of before, all that
   *       it saw had come back by `since`. Otherwise `since` is now. Where a member cannot tell (a
   *       concurrency, a limiter from outside), each charge is dated when it is noticed.
   * The locks of members are taken under that of this door, never the other way round: members tell this
   * door after all locks.
   */
  private final Supplier<Members> current;
  private final Consumer<@Nullable WordLimiter> open;

  private @Nullable Members watched; // null: nobody is in line
  private Member.Version[] versions = {}; // of watched
  private long since; // I2; a reading

  /** {@code open} is told of the only member while plain calls may pass by the line, else of null. */
  JointDoor(NanoClock clock, Supplier<Members> current, Consumer<@Nullable WordLimiter> open) {
    super(clock);
    this.current = current;
    this.open = open;
  }

  /** The line watches; then it is served once more. */
  @Override
  boolean hold(long from, long permits) {
    Members m = current.get();
    try {
      m.watch(this);
      versions = m.versions();
      since = clock.nanoTime();
    } catch (RuntimeException | Error e) {
      m.unwatch(this);
      throw e;
    }
    watched = m;
    open.accept(null);
    return true;
  }

  @Override
  void open() {
    Members m = watched();
    watched = null;
    open.accept(current.get().sole());
    m.unwatch(this);
  }

  /** While somebody is in line. */
  private Members watched() {
    return Objects.requireNonNull(watched);
  }

  /** Under the lock: other members decide now. */
  void followMembers() {
    Members before = watched;
    if (before != null) {
      Members now = current.get();
      watched = now;
      now.watch(this);
      before.unwatch(this);
      versions = now.versions();
      since = clock.nanoTime();
    } else {
      open.accept(current.get().sole());
    }
    changed(clock.nanoTime());
  }

  @Override
  long waitNanos(long from, long permits) {
    Members m = watched();
    long at;
    long wait;
    do {
      at = Checks.later(from, m.isDated() ? since : clock.nanoTime());
      wait = m.retryAfterNanosAt(at, permits);
    } while (isChanged());
    if (wait == Decision.NEVER && m.isNever(at, permits)) {
      indebted();
    }
    return wait == 0 ? 0 : Checks.plus(at - from, wait);
  }

  /** Whether something came back since this was asked last. */
  private boolean isChanged() {
    Member.Version[] now = watched().versions();
    boolean given = false;
    boolean changed = false;
    for (int i = 0; i < now.length; i++) {
      given |= now[i].given() != versions[i].given();
      changed |= !now[i].limit().equals(versions[i].limit());
    }
    if (given || changed) {
      versions = now;
      since = clock.nanoTime();
      gaveBack(since);
    }
    if (changed) {
      changed(since);
    }
    return given || changed;
  }

  @Override
  @Nullable
  Reservation charge(long date, long permits) {
    Members m = current.get();
    long at = date;
    if (!m.isDated()) {
      at = Checks.later(date, clock.nanoTime());
    } else if (watched != null) {
      at = Checks.later(date, since);
    }
    JointCharge charge = m.reserve(at, permits);
    if (charge == null || watched == null) {
      return charge;
    }
    boolean kept = false;
    try {
      kept = !isChanged();
      if (kept) {
        m.putLast(this);
      }
    } finally {
      if (!kept) {
        charge.cancel();
      }
    }
    return kept ? charge : null;
  }

  @Override
  Lookahead lookahead() {
    return current.get().lookahead();
  }

  @Override
  int reserved() {
    WordLimiter sole = current.get().sole();
    return sole == null ? 0 : sole.waiters();
  }
}
