package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The result of a call for permits, to be closed when the call's work is done. Use it in
 * try-with-resources, whether it is granted or not.
 *
 * <pre>{@code
 * try (Permit permit = gate.tryEnter()) {
 *   if (!permit.granted()) {
 *     return retryAfter(permit.decision());
 *   }
 *   serve();
 * }
 * }</pre>
 *
 * <p>Closing gives the concurrency permits back, once: closing twice is one release, closing what
 * was not granted is none. Rate permits stay spent. Safe to close from any thread; what a thread did
 * before it closed a permit is visible to the thread that is granted what was given back.
 */
public final class Permit implements AutoCloseable {
  private static final VarHandle HOLDER = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "holder", VarHandle.class, Permit.class, Holder.class);

  /** Takes back what a permit held; answers false if that was taken back before. */
  @FunctionalInterface
  interface Holder {
    boolean release(long permits);
  }

  private final Decision decision;
  private final long permits;

  /** Where to give back; null if nothing is held any more. Written by hold and close. */
  private volatile @Nullable Holder holder;

  /** {@code permits} of {@code holder}, if they were admitted; otherwise nothing. */
  Permit(Decision decision, Holder holder, long permits) {
    this.decision = decision;
    this.permits = permits;
    this.holder = decision.admitted() ? holder : null;
  }

  /** Gives back to {@code holder} instead. Before the permit is handed out. */
  Permit heldBy(Holder holder) {
    this.holder = holder;
    return this;
  }

  /** Whether the call may go on. Closing does not change the answer. */
  public boolean granted() {
    return decision.admitted();
  }

  /** The decision that was taken on entry. */
  public Decision decision() {
    return decision;
  }

  /** Gives back what is still held. Idempotent. */
  @Override
  public void close() {
    try {
      Holder held = (Holder) HOLDER.getAndSet(this, null);
      if (held != null) {
        held.release(permits);
      }
    } finally {
      Reference.reachabilityFence(this); // what is being closed has not leaked
    }
  }

  @Override
  public String toString() {
    return "Permit[" + decision + (holder == null ? ", nothing held]" : ", open]");
  }
}
