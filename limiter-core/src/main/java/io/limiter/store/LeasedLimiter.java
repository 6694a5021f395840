package io.limiter.store;

import io.limiter.Decision;
import io.limiter.LimitListener;
import io.limiter.NanoClock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One hot key of a store, at the speed of memory: takes many permits with one call of the store, and spends
 * them in this process.
 *
 * <p><b>Guarantee</b>, by the server's clock, while the server loses no state, and if the speeds of its clock
 * and of those of the processes differ by at most 0.1 %: for each rate, in any interval of length w at most
 * {@code B + floor(w*N/P)} permits are admitted, by however many processes, also if some of them die. An
 * admission from a lease counts as of the reading of the process, any other as of the store's.
 *
 * <pre>{@code
 * StoreLimiter store = StoreLimiter.create(Limits.parse("100000/second"), 1, redis);
 * try (LeasedLimiter limiter = LeasedLimiter.create(store, "api")) {
 *   if (limiter.tryAcquire()) { ... }
 * }
 * }</pre>
 *
 * <p><b>Not for small limits.</b> Where a burst is below 1024 permits, or refills in less than 80 ms, each call
 * asks the store instead, with the same guarantee: {@link #isLeasing} and {@link #toString} say so.
 *
 * <p><b>What it costs.</b> A lease is spent within D of its request, or not at all; D is a quarter of the time
 * in which the least burst refills, at most 4 s. The burst in the store is smaller by what is refilled within
 * D, so a call for more than about three quarters of a burst is never admitted. When this process dies, what it
 * holds is not used. While the store has fewer permits than the next lease would take, it is asked once per
 * D/4: so a call can be denied for as long although permits are there.
 *
 * <p><b>The key</b> belongs to leased limiters. Calls of a plain {@link StoreLimiter} with the same limits are
 * decided by the smaller burst. If the store holds limits of another process with the same or a later revision,
 * each call asks the store until that ends. After a change of limits, leases of the earlier ones may be spent
 * until they are over.
 *
 * <p><b>Clocks.</b> If the server's clock jumps ahead, or a process is suspended and its clock stands still,
 * leases last that much longer: once, what was out then can be admitted on top.
 *
 * <p>The listener of the {@link StoreLimiter} is told, as {@link StoreLimiter#listening} says. Failures are
 * answered by the policy of that limiter, once what is held is spent. If an outcome is unknown, at most one
 * lease is lost. Not offered: peek (ask the store) and refund.
 *
 * <p>Cost: a reading of the clock and one CAS; one round trip per lease, on the thread of the caller that used
 * up half of the one before, or on {@link #prefetchOn an executor}. A lease is what the process spends in D/4.
 * {@code tryAcquire} allocates nothing while leases last. Lock-free then; a caller that finds none waits for
 * the one that asks the store. Thread-safe.
 */
public final class LeasedLimiter implements AutoCloseable {
  /*
   * Representation. `current` is spent first, then `next`, which is taken ahead of time. Each has a counter
   *   that only falls, but that a call whose listener throws puts its permits back. Permits are spent, given back, or forgotten, each once, as only that counter holds
   *   them. `pause` says until when the store is not asked, as it denied.
   * Invariants. For each rate, with D by the clock of the process and e = 1/1000:
   *   I1  The word in the store is that of the burst B' = B - ceil(D*(1+e)*N/P), at all processes alike, as
   *       LeaseTerms is a function of the limits. A charge under other limits (its receipt says so) makes no
   *       lease: what the caller does not take at once is given back.
   *   I2  A permit is spent at most D*(1+e) after its charge, by the server's clock: the age of a lease counts
   *       from a reading before its request was sent, by a clock that is at most e slower.
   *   I3  What is given back has left the counter before. It is given back by the receipt, so that the store
   *       takes back no more than the charge still weighs.
   * Proof of the guarantee. By I3 and the plain rule of giving back, the charges of any interval of length v
   *   by the server's clock, less what was given back of them, are at most B' + floor(v*N/P). By I2 what is
   *   spent within an interval of length w was charged within one of length w + D*(1+e). So it is at most
   *   B' + floor((w + D*(1+e))*N/P) <= B' + ceil(D*(1+e)*N/P) + floor(w*N/P) = B + floor(w*N/P). It does not
   *   matter how many processes there are, how large a lease is, and whether a permit is spent at all. A
   *   request without a reply is charged or not; what it charged is not spent. []
   * Linearization.
   *   tryAcquire, decide  from a lease: the compare-and-set of its counter; it counts as of the reading, or
   *                       as of the charge if that is later. With a call of the store: its charge. Denied: the
   *                       read of `pause`, or the store's denial.
   *   close               the write of `closed`.
   * Memory ordering.
   *   field          read      write               why that is enough
   *   Lease.left     volatile  CAS, getAndSet/Add  a permit has one owner
   *   current, next  volatile  volatile, in lock   an old lease that a reader still sees is as good as it was
   *   pause, closed  volatile  volatile, in lock   each is a hint to ask the store later, or now
   *   failures       volatile  volatile, in lock   who waited in the lock while another asked in vain does not
   *                                                wait for the store once more
   *   the others     in lock   in lock
   * Progress. Lock-free while a lease holds the permits, and while `pause` lasts. Otherwise callers wait for
   *   one that asks the store, with the time-out of its client; if that fails, all of them are told so.
   * Arithmetic. size*16 < 2^63, as a lease is at most 1/8 of a burst, and size is cut at 2^56.
   * Rejected. A registry of processes, to divide the burst among them (it can be wrong). Counting the age from
   *   the reply (a charge may be older by as long as the reply took). Giving back by a gift (what a charge
   *   weighed has drained meanwhile, so it mints). A timer that gives back what an idle process holds (a
   *   thread, for permits that nobody may want). Several amounts in one call of the store (a denial says what
   *   is there; the second call that fetches it happens when permits are scarce, once per D/4).
   * Sources. Gray and Cheriton, Leases, SOSP 1989. DESIGN.md, "Giving back".
   */
  private static final int ASKS = 4; // at most so often within D, while permits are scarce
  private static final long GROWTH = 4; // of a lease, from one to the next
  private static final long MOST = 1L << 56; // permits of a lease

  private record Pause(long untilNanos, int deniedBy) {}

  /** A decision, and the lease that the permits are from; null if there is none. */
  private record Answer(Decision decision, @Nullable Lease from) {}

  private final String key;
  private final NanoClock clock;
  private final Executor executor;
  private final StoreLimiter store; // of the shared limits
  private final String sharedId;
  private final Optional<LeaseTerms> terms;
  private final long ageNanos;
  private final long most;
  private final @Nullable LimitListener listener; // null: nobody listens
  private final ReentrantLock lock = new ReentrantLock();

  private volatile Lease current = Lease.none();
  private volatile Lease next = Lease.none();
  private volatile @Nullable Pause pause; // null: none
  private volatile boolean closed;
  private volatile @Nullable StoreException failure; // the latest; null: none

  private long lastAsk; // ns; when the last lease was requested
  private long size; // how many permits to ask for
  private boolean full; // whether the last lease was as large as that
  private boolean foreign; // whether other limits decide

  private LeasedLimiter(
      StoreLimiter store,
      String key,
      Optional<LeaseTerms> terms,
      NanoClock clock,
      Executor executor) {
    this.key = key;
    this.clock = clock;
    this.executor = executor;
    this.terms = terms;
    this.store = terms.map(each -> store.with(each.shared())).orElse(store);
    this.sharedId = this.store.settings().limits().id();
    this.ageNanos = terms.map(LeaseTerms::ageNanos).orElse(0L);
    this.most = terms.map(each -> Math.min(each.most(), MOST)).orElse(0L);
    this.size = terms.map(LeaseTerms::first).orElse(0L);
    this.lastAsk = clock.nanoTime();
    this.listener = store.settings().listener(key);
  }

  /** Leases permits of {@code key}, with the limits, failure policy and memory of {@code store}. */
  public static LeasedLimiter create(StoreLimiter store, String key) {
    return create(store, key, NanoClock.system());
  }

  /** Leases permits of {@code key} for times by {@code clock}. */
  public static LeasedLimiter create(StoreLimiter store, String key, NanoClock clock) {
    return create(store, key, clock, LeaseTerms.of(store.settings().limits()));
  }

  static LeasedLimiter create(
      StoreLimiter store, String key, NanoClock clock, Optional<LeaseTerms> terms) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(clock, "clock");
    return new LeasedLimiter(store, key, terms, clock, Runnable::run);
  }

  /**
   * The same, but leases are taken ahead of time by {@code executor}, so that no caller waits for the store
   * while the leases last. If it refuses a task, the caller that finds no lease asks the store. To be called
   * before the first permit is taken: what this limiter holds stays here.
   */
  public LeasedLimiter prefetchOn(Executor prefetcher) {
    Objects.requireNonNull(prefetcher, "prefetcher");
    return new LeasedLimiter(store, key, terms, clock, prefetcher);
  }

  /** Whether permits are leased; if not, each call asks the store. */
  public boolean isLeasing() {
    return terms.isPresent() && !closed;
  }

  /** Takes one permit now, or none: {@code tryAcquire(1)}. */
  public boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes {@code permits} now, or none.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed and no policy answers
   */
  public boolean tryAcquire(long permits) {
    if (permits > 0 && isLeasing()) {
      long now = clock.nanoTime();
      Lease from = spend(now, permits);
      if (from != null) {
        tell(from, true, -1, permits);
        return true;
      }
      Pause denied = pause;
      if (denied != null && now - denied.untilNanos < 0) {
        tell(null, false, denied.deniedBy, permits);
        return false;
      }
    }
    return decide(permits).admitted();
  }

  /**
   * Takes {@code permits} now, or none. Where the store is not asked, {@code remaining} is what this process
   * holds, {@code retryAfterNanos} the wait until the store is asked again, and {@code resetAfterNanos} as the
   * store said it last.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed and no policy answers
   */
  public Decision decide(long permits) {
    Checks.permits(permits);
    if (!isLeasing() || permits == 0) {
      return store.decide(key, permits).decision();
    }
    long now = clock.nanoTime();
    Lease from = spend(now, permits);
    Answer answer;
    try {
      answer = from == null ? ask(permits, failure) : new Answer(local(true, now), from);
    } catch (StoreException e) {
      answer = new Answer(store.settings().fallback(key, permits, e).decision(), null);
    }
    Decision decision = answer.decision;
    tell(answer.from, decision.admitted(), decision.deniedBy(), permits);
    return decision;
  }

  /** Tells the listener; what it throws puts the permits back where they are from, if that is known. */
  private void tell(@Nullable Lease from, boolean admitted, int rule, long permits) {
    if (listener == null) {
      return;
    }
    try {
      StoreSettings.tell(listener, admitted, rule, permits);
    } catch (RuntimeException | Error e) {
      if (from != null && admitted) {
        unspend(from, permits);
      }
      throw e;
    }
  }

  private void unspend(Lease from, long permits) {
    lock.lock();
    try {
      from.unspend(permits);
      if (closed || from != current && from != next) {
        giveBack(from);
      }
    } finally {
      lock.unlock();
    }
  }

  private Decision local(boolean admitted, long now) {
    Lease first = current;
    Lease second = next;
    Lease latest = second.granted > 0 ? second : first;
    long reset = latest.granted == 0
        ? 0
        : latest.charge.decision().resetAfterNanos() - (now - latest.sentAt);
    Pause denied = pause;
    long wait = admitted || denied == null ? 0 : Math.max(denied.untilNanos - now, 1);
    return new Decision(
        admitted,
        first.leftAt(now) + second.leftAt(now),
        wait,
        Math.max(reset, wait),
        admitted || denied == null ? -1 : denied.deniedBy);
  }

  /** Takes from what is held, and keeps it filled: the lease that had the permits, or null. */
  private @Nullable Lease spend(long now, long permits) {
    Lease first = current;
    long left = first.spend(now, permits);
    if (left >= 0) {
      if (left <= first.granted / 2 && left + permits > first.granted / 2) {
        prefetch();
      }
      return first;
    }
    Lease second = next;
    if (second.spend(now, permits) < 0) {
      return null;
    }
    if (first.isDone(now)) {
      moveUp(now);
    }
    return second;
  }

  private void moveUp(long now) {
    if (lock.tryLock()) {
      try {
        if (current.isDone(now)) {
          Lease done = current;
          current = next;
          next = Lease.none();
          giveBack(done);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private void prefetch() {
    try {
      executor.execute(this::fetchAhead);
    } catch (RejectedExecutionException e) {
      // Who finds no lease asks the store.
    }
  }

  private void fetchAhead() {
    if (lock.tryLock()) {
      try {
        long now = clock.nanoTime();
        if (!closed && !foreign && next.isDone(now) && !isPaused(now)) {
          request(0);
        }
      } catch (StoreException e) {
        // Told to those that need a permit, once those that are held are spent.
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean isPaused(long now) {
    Pause denied = pause;
    return denied != null && now - denied.untilNanos < 0;
  }

  private Answer ask(long permits, @Nullable StoreException before) {
    lock.lock();
    try {
      long now = clock.nanoTime();
      for (Lease each : List.of(current, next)) {
        if (each.spend(now, permits) >= 0) {
          return new Answer(local(true, now), each);
        }
      }
      if (isPaused(now)) {
        return new Answer(local(false, now), null);
      }
      StoreException failed = failure;
      if (failed != before && failed != null && failed.isOutage()) {
        throw new StoreException("the store failed a moment ago", false, true, failed);
      }
      if (!closed) {
        return request(permits);
      }
      StoreDecision answer = store.ask(key, permits, true);
      return new Answer(answer.decision(), new Lease(answer, now, ageNanos, permits, 0));
    } finally {
      lock.unlock();
    }
  }

  /** Takes a lease of which the caller gets {@code permits}: in the lock. */
  private Answer request(long permits) {
    Lease from = null;
    try {
      long sent = clock.nanoTime();
      long wanted = foreign ? permits : Math.max(wanted(sent), permits);
      StoreDecision answer = store.ask(key, wanted, true);
      long there = answer.decision().remaining();
      if (!answer.admitted() && there > 0 && there >= permits && there < wanted) {
        sent = clock.nanoTime();
        wanted = there;
        size = there;
        full = false;
        answer = store.ask(key, wanted, true);
      }
      if (answer.admitted()) {
        from = take(answer, sent, wanted, permits);
      } else {
        full = false;
      }
      boolean large = !answer.admitted() && permits > 1 && there > 0; // others may find permits
      if (!foreign && !large && answer.decision().remaining() < wanted) {
        pause = new Pause(sent + ageNanos / ASKS, Math.max(answer.decision().deniedBy(), 0));
      }
      return new Answer(answer.decision(), from);
    } catch (StoreException e) {
      failure = e;
      full = false;
      throw e;
    }
  }

  private Lease take(StoreDecision charge, long sent, long granted, long permits) {
    foreign = !charge.receipt().id().equals(sharedId);
    Lease lease = new Lease(charge, sent, ageNanos, granted, granted - permits);
    if (foreign) {
      full = false;
      giveBack(lease);
      return lease;
    }
    Lease oldest = current;
    Lease older = next;
    long now = clock.nanoTime();
    if (oldest.isDone(now) && older.isDone(now)) {
      current = lease;
      next = Lease.none();
      giveBack(oldest);
      giveBack(older);
    } else if (older.isDone(now) && !oldest.isDone(now)) {
      next = lease;
      giveBack(older);
    } else {
      current = older;
      next = lease;
      giveBack(oldest);
    }
    return lease;
  }

  /** What callers could take at once, of one lease; for tests. */
  boolean holds(long permits) {
    long now = clock.nanoTime();
    return current.leftAt(now) >= permits || next.leftAt(now) >= permits;
  }

  /** How much to ask for: what the last lease says is spent within D/4. */
  private long wanted(long now) {
    if (full) {
      long parts = Math.max((now - lastAsk) / Math.max(ageNanos / 64, 1), 1);
      size = Math.max(Math.min(Math.min(size * 16 / parts + 1, size * GROWTH), most), 1);
    }
    lastAsk = now;
    full = true;
    return size;
  }

  /** Gives back what is left of a lease that nobody spends any more: in the lock. */
  private void giveBack(Lease lease) {
    long left = lease.end();
    long elapsed = clock.nanoTime() - lease.sentAt;
    if (left > 0 && elapsed < lease.charge.decision().resetAfterNanos()) {
      try {
        store.giveBack(lease.charge, left);
      } catch (StoreException e) {
        // What it would have given back is lost.
      }
    }
  }

  /**
   * Gives back what this process holds. Calls after that ask the store, one by one. Closing again does
   * nothing.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      giveBack(current); // the older one first: what is given back counts against older charges
      giveBack(next);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    String limits = store.settings().limits().toString();
    return isLeasing()
        ? "leases of up to " + most + " permits for " + ageNanos / 1_000_000 + " ms of " + limits
        : "one call of the store per decision of " + limits;
  }
}
