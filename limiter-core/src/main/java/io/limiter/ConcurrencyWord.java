package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The permits of a {@link ConcurrencyLimiter} and its limit, for calls that do not wait. */
abstract class ConcurrencyWord {
  /*
   * Representation. One word: the limit in the upper 32 bits, the permits in flight in the lower 32,
   *   both 0..2^31-1. A striped limiter freezes its word at the first lost race, by its complement,
   *   which is negative in both halves and never changes again: the permits are in `stripes` from then
   *   on (StripedPermits).
   * Invariants.
   *   I1  inFlight grows only to a value that is at most the limit in the same word.
   *   I2  A word is frozen only if inFlight <= limit: its complement admits and takes back nothing.
   * Linearization. take, giveBack, changeLimit: the successful compare-and-set of the word. Denied,
   *   inFlight, available, limit: its last read. Once it is frozen: as StripedPermits says.
   * Memory ordering.
   *   field    read      write          why that is enough
   *   word     volatile  compareAndSet  release and acquire are on one word
   *   stripes  volatile  compareAndSet  not null before the word is frozen, and written once
   * Progress. Lock-free.
   * Arithmetic. permits are compared as longs before they are added: no overflow.
   * Rejected. Two words for limit and inFlight (a call could pass by a limit that no longer holds).
   * Sources. none.
   */
  private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "word", VarHandle.class, ConcurrencyWord.class, long.class);

  private static final VarHandle STRIPED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(),
      "stripes",
      VarHandle.class,
      ConcurrencyWord.class,
      StripedPermits.class);

  /** The permits once the word is frozen; null unless they may be striped. Written by mayStripe, once. */
  private volatile @Nullable StripedPermits stripes;

  /** Limit and permits in flight; written by take, giveBack, changeLimit and stripe. */
  private volatile long word;

  ConcurrencyWord(int limit) {
    this.word = Checks.atLeast("limit", limit, 0) << 32;
  }

  /** Lets the permits be spread over {@code count} stripes, a power of two. */
  final void mayStripe(int count) {
    STRIPED.compareAndSet(this, null, new StripedPermits(count));
  }

  /** Takes {@code permits}, or none. */
  final boolean take(long permits) {
    if (Checks.permits(permits) == 0) {
      return available(state()) >= 0;
    }
    while (true) {
      long seen = word;
      if (permits > available(seen)) {
        return seen < 0 && stripes(seen).tryAcquire(StripedLimiter.own(), permits);
      }
      if (WORD.compareAndSet(this, seen, seen + permits)) {
        return true;
      }
      stripe();
    }
  }

  /** Gives {@code permits} back, or throws if fewer are held. */
  final void giveBack(long permits) {
    if (Checks.permits(permits) == 0) {
      return;
    }
    while (true) {
      long seen = word;
      if (permits > (int) seen) {
        if (seen < 0 && stripes(seen).release(StripedLimiter.own(), permits)) {
          return;
        }
        int held = (int) (seen < 0 ? state() : seen);
        throw new IllegalStateException(
            "release: " + permits + " permits (expected: <= " + held + " in flight)");
      }
      if (WORD.compareAndSet(this, seen, seen - permits)) {
        return;
      }
      stripe();
    }
  }

  /** Changes the limit; answers the one before. */
  final int changeLimit(int limit) {
    Checks.atLeast("limit", limit, 0);
    while (true) {
      long seen = word;
      int before = seen < 0 ? stripes(seen).limit(limit) : (int) (seen >> 32);
      if (seen < 0 || WORD.compareAndSet(this, seen, (long) limit << 32 | (int) seen)) {
        return before;
      }
    }
  }

  /** The permits in flight: 0 or more; above the limit only after that was lowered. */
  public final int inFlight() {
    return (int) state();
  }

  /** The permits that could be taken now: 0 or more. */
  public final int available() {
    return (int) Math.max(available(state()), 0);
  }

  /** The most permits that may be in flight. */
  public final int limit() {
    long seen = word;
    return seen < 0 ? stripes(seen).limit() : (int) (seen >> 32);
  }

  /** What is left, for a decision: counted while others move permits, if they are striped. */
  final long remaining() {
    long seen = word;
    return Math.max(seen < 0 ? stripes(seen).about() : available(seen), 0);
  }

  final boolean admits(long permits) {
    return permits > 0 && permits <= remaining() || permits <= available(state());
  }

  /** Limit and permits in flight, wherever they are. */
  private long state() {
    long seen = word;
    return seen < 0 ? stripes(seen).word() : seen;
  }

  /** Freezes the word, if its permits may be striped. */
  final void stripe() {
    StripedPermits s = stripes;
    long seen = word;
    if (s != null && seen >= 0 && s.suits((int) (seen >> 32), (int) available(seen))) {
      WORD.compareAndSet(this, seen, ~seen);
    }
  }

  /** Where the permits are that were counted in the word when it was frozen. */
  @SuppressWarnings("NullAway") // only then is the word frozen
  private StripedPermits stripes(long frozen) {
    StripedPermits s = stripes;
    s.open(~frozen);
    return s;
  }

  /** What may be taken now; negative after the limit was lowered, and none if the word is frozen. */
  private static long available(long word) {
    return (word >> 32) - (int) word;
  }

  /** {@code ConcurrencyLimiter[3 of 5 in flight]}; {@code , 4 stripes} or {@code , one word} if striped. */
  @Override
  public final String toString() {
    long seen = state();
    String held = (int) seen + " of " + (seen >> 32) + " in flight";
    return "ConcurrencyLimiter[" + held + (stripes == null ? "" : ", " + stripes) + "]";
  }
}
