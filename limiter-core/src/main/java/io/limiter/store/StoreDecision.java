package io.limiter.store;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The answer of a store to one call, the numbers of each rule right after it, and the receipt for giving
 * permits back. Waits are rounded up to whole microseconds, as stores read whole microseconds.
 *
 * <p>Cost: some 200 bytes per rule. Thread-safe.
 */
public final class StoreDecision {
  /** Nothing was asked. */
  static final StoreDecision NONE = fixed("", true, 0, Limits.parse("unlimited"));

  private final String key;
  private final DetailedDecision detail;
  private final Limits limits;
  private final boolean fromStore;
  private final Receipt receipt;
  private final AtomicBoolean used = new AtomicBoolean();

  private StoreDecision(
      String key, DetailedDecision detail, Limits limits, boolean fromStore, Receipt receipt) {
    this.key = key;
    this.detail = detail;
    this.limits = limits;
    this.fromStore = fromStore;
    this.receipt = receipt;
  }

  /** What the words say after a call for so many permits; the receipt is empty if none were charged. */
  static StoreDecision of(
      String key,
      StoreLimits limits,
      boolean admitted,
      long now,
      Pair[] words,
      long permits,
      Receipt receipt) {
    StoredRate[] rates = limits.rates();
    RuleStatus[] rules = new RuleStatus[rates.length];
    long remaining = Long.MAX_VALUE;
    long retryAfter = 0;
    long resetAfter = 0;
    int deniedBy = -1;
    for (int i = 0; i < rates.length; i++) {
      rules[i] = rates[i].status(words[i], now, permits);
      remaining = Math.min(remaining, rules[i].remaining());
      resetAfter = Math.max(resetAfter, rules[i].resetAfterNanos());
      long wait = admitted ? 0 : rates[i].waitNanos(words[i], now, permits);
      if (wait > retryAfter) {
        retryAfter = wait;
        deniedBy = i;
      }
    }
    Decision decision = new Decision(admitted, remaining, retryAfter, resetAfter, deniedBy);
    DetailedDecision detail = new DetailedDecision(decision, deniedBy, List.of(rules));
    return new StoreDecision(key, detail, limits.limits(), true, receipt);
  }

  /** A decision that no store was asked for. */
  static StoreDecision local(String key, DetailedDecision detail, Limits limits) {
    return new StoreDecision(key, detail, limits, false, Receipt.NONE);
  }

  /** The same verdict for every call: that of unlimited and blocked, and of a store that failed. */
  static StoreDecision fixed(String key, boolean admitted, long waitNanos, Limits limits) {
    long remaining = admitted ? Long.MAX_VALUE : 0;
    long wait = admitted ? 0 : waitNanos;
    int deniedBy = admitted ? -1 : 0;
    RuleStatus[] rules = new RuleStatus[Math.max(limits.rules().size(), 1)];
    Arrays.fill(rules, new RuleStatus(remaining, remaining, wait, wait));
    return local(
        key,
        new DetailedDecision(
            new Decision(admitted, remaining, wait, wait, deniedBy), deniedBy, List.of(rules)),
        limits);
  }

  /** The key that the call was about. */
  public String key() {
    return key;
  }

  /** Whether the permits were (or, for a peek, would be) admitted. */
  public boolean admitted() {
    return detail.admitted();
  }

  /** The verdict; remaining and reset are those after it took effect. */
  public Decision decision() {
    return detail.decision();
  }

  /** The verdict and the numbers of each rule: what {@link io.limiter.http.ResponseHeaders} write. */
  public DetailedDecision detail() {
    return detail;
  }

  /**
   * The limits that decided: those of the value in the store, if another caller stored a later revision;
   * otherwise those that the call named.
   */
  public Limits limits() {
    return limits;
  }

  /** Whether a store answered; false if the verdict is that of unlimited, blocked, or a failure policy. */
  public boolean isFromStore() {
    return fromStore;
  }

  Receipt receipt() {
    return receipt;
  }

  /** Whether this is the first attempt to give something back. */
  boolean use() {
    return used.compareAndSet(false, true);
  }

  /** Checks how many permits of this decision are to be given back. */
  static Receipt checked(StoreDecision charge, long permits) {
    Receipt receipt = Objects.requireNonNull(charge, "charge").receipt;
    Checks.permits(permits);
    if (charge.fromStore && charge.admitted() && permits > receipt.permits()) {
      throw new IllegalArgumentException(
          "permits: " + permits + " (expected: <= " + receipt.permits() + ", as were charged)");
    }
    return receipt;
  }

  @Override
  public String toString() {
    return Checks.echo(key) + ": " + decision() + (fromStore ? "" : " (no store asked)");
  }
}
