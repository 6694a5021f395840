package io.limiter.store;

import io.limiter.Decision;
import io.limiter.LimitListener;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the waiting and the asynchronous limiter share: limits, memory of what was seen, failure policy,
 * circuit.
 */
record StoreSettings(
    StoreLimits limits,
    SeenWords seen,
    FailurePolicy policy,
    Circuit circuit,
    @Nullable Function<String, ? extends LimitListener> listeners) { // null: nobody listens
  private static final int SEEN_KEYS = 16_384;

  static StoreSettings of(Limits limits, long revision) {
    return new StoreSettings(
        StoreLimits.of(limits, revision),
        new SeenWords(SEEN_KEYS),
        FailurePolicy.throwing(),
        new Circuit(NanoClock.system()),
        null);
  }

  StoreSettings limits(Limits other, long revision) {
    return limits(StoreLimits.of(other, revision));
  }

  StoreSettings limits(StoreLimits other) {
    return new StoreSettings(other, seen, policy, circuit, listeners);
  }

  StoreSettings clock(NanoClock clock) {
    return new StoreSettings(limits, seen, policy, new Circuit(clock), listeners);
  }

  StoreSettings policy(FailurePolicy policy) {
    return new StoreSettings(
        limits, seen, Objects.requireNonNull(policy, "policy"), circuit, listeners);
  }

  StoreSettings seenKeys(int keys) {
    Checks.within("keys", keys, 0, 1 << 24);
    return new StoreSettings(limits, new SeenWords(keys), policy, circuit, listeners);
  }

  StoreSettings listening(Function<String, ? extends LimitListener> others) {
    return new StoreSettings(
        limits, seen, policy, circuit, Objects.requireNonNull(others, "listeners"));
  }

  boolean isHeard() {
    return listeners != null;
  }

  /** The listener of a key; null: nobody listens. */
  @Nullable
  LimitListener listener(String key) {
    return listeners == null ? null : listeners.apply(Objects.requireNonNull(key, "key"));
  }

  /** Tells of a decision. */
  void tell(StoreDecision decision, long permits) {
    if (listeners != null) {
      tell(
          listeners.apply(decision.key()),
          decision.admitted(),
          decision.detail().deniedBy(),
          permits);
    }
  }

  static void tell(LimitListener listener, boolean admitted, int rule, long permits) {
    if (permits > 0 && admitted) {
      listener.admitted(permits);
    } else if (permits > 0) {
      listener.denied(permits, rule);
    }
  }

  /** Tells of a call for several keys: those that denied it, or all. */
  void tell(List<KeyCall> calls, List<StoreDecision> decisions) {
    boolean admitted = decisions.stream().allMatch(StoreDecision::admitted);
    for (int i = 0; i < decisions.size(); i++) {
      if (decisions.get(i).admitted() == admitted) {
        tell(decisions.get(i), calls.get(i).permits());
      }
    }
  }

  void tellRefund(String key, boolean done, long permits) {
    if (listeners != null && done && permits > 0) {
      listeners.apply(key).refunded(permits);
    }
  }

  /** The operation that takes or looks. */
  ScriptExchange exchange(OptionalLong reading, String key, long permits, boolean take) {
    return ScriptExchange.decide(reading, key, limits, seen, permits, take);
  }

  /** The operation that takes of several keys. */
  JointExchange joint(OptionalLong reading, List<KeyCall> calls) {
    List<ScriptExchange> parts = new ArrayList<>();
    for (KeyCall call : calls) {
      if (call.limits().isFixed()) {
        throw new IllegalArgumentException(
            "calls: " + call.limits() + " (expected: limits that are stored)");
      }
      parts.add(
          ScriptExchange.decide(reading, call.key(), call.limits(), seen, call.permits(), true));
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("calls: none (expected: at least one)");
    }
    return new JointExchange(parts);
  }

  /** The verdict of unlimited and blocked, which no store needs to be asked for. */
  StoreDecision fixed(String key) {
    return StoreDecision.fixed(
        Objects.requireNonNull(key, "key"),
        limits.limits().isUnlimited(),
        Decision.NEVER,
        limits.limits());
  }

  /** Throws if the store was not answering a moment ago. */
  void checkCircuit() {
    if (!circuit.admits()) {
      throw new StoreException(
          "the store was not asked: it failed several times in a row, and is asked again in "
              + circuit.waitNanos() / 1_000_000 + " ms",
          false,
          true,
          null);
    }
  }

  /** Counts a failure, and says what it is. */
  StoreException failed(Throwable failure) {
    StoreException known = StoreErrors.of(failure);
    if (known.isOutage()) {
      circuit.failed();
    } else {
      circuit.succeeded(); // it answered
    }
    return known;
  }

  /** What the failure policy says of each key, up to the first that it denies. */
  List<StoreDecision> fallback(List<KeyCall> calls, StoreException failure) {
    List<StoreDecision> decisions = new ArrayList<>();
    boolean denied = false;
    for (KeyCall call : calls) {
      StoreDecision decision = denied
          ? StoreDecision.fixed(
              call.key(), false, circuit.waitNanos(), call.limits().limits())
          : limits(call.limits()).fallback(call.key(), call.permits(), failure);
      denied |= !decision.admitted();
      decisions.add(decision);
    }
    return List.copyOf(decisions);
  }

  /** What the failure policy says; throws a mistake, which no policy hides. */
  StoreDecision fallback(String key, long permits, StoreException failure) {
    if (!failure.isOutage()) {
      throw failure;
    }
    return policy.decide(key, permits, limits.limits(), circuit.waitNanos(), failure);
  }
}
