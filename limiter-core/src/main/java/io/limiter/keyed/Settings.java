package io.limiter.keyed;

import io.limiter.LimitListener;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What both builders collect. */
record Settings(
    Limits limits,
    NanoClock clock,
    @Nullable Function<Object, @Nullable Limits> plan, // null: there is none
    long maxKeys,
    int maxWaiters, // for one key
    int counters, // of the keys that are denied most; negative: nothing is counted
    Outcomes.@Nullable Listeners listeners, // null: nobody listens
    OverflowPolicy whenFull,
    Hashing hashing) {
  private static final long DEFAULT_MAX_KEYS = 1_000_000;
  private static final long MAX_KEYS = 1L << 30;

  static Settings of(Limits limits, NanoClock clock) {
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(clock, "clock");
    return new Settings(
        limits,
        clock,
        null,
        DEFAULT_MAX_KEYS,
        Integer.MAX_VALUE,
        -1,
        null,
        OverflowPolicy.share(),
        Hashing.random());
  }

  Settings maxKeys(long keys) {
    Checks.within("maxKeys", keys, 1, MAX_KEYS);
    return new Settings(
        limits, clock, plan, keys, maxWaiters, counters, listeners, whenFull, hashing);
  }

  Settings limitsBy(Function<Object, @Nullable Limits> plan) {
    return new Settings(
        limits, clock, plan, maxKeys, maxWaiters, counters, listeners, whenFull, hashing);
  }

  Settings maxWaiters(int max) {
    Checks.atLeast("max", max, 0);
    return new Settings(limits, clock, plan, maxKeys, max, counters, listeners, whenFull, hashing);
  }

  Settings counting(int keys) {
    Checks.within("counters", keys, 0, 1_000);
    return new Settings(
        limits, clock, plan, maxKeys, maxWaiters, keys, listeners, whenFull, hashing);
  }

  Settings allListening(LimitListener listener) {
    Objects.requireNonNull(listener, "listener");
    return listening(new Outcomes.Listeners(key -> listener, listener));
  }

  Settings eachListening(Function<Object, LimitListener> ofKey) {
    return listening(new Outcomes.Listeners(ofKey, new LimitListener() {}));
  }

  /** {@code names} says what the caller calls a key. */
  Settings namedBy(Function<Object, ?> names) {
    Outcomes.Listeners named = listeners;
    return named == null
        ? this
        : listening(
            new Outcomes.Listeners(key -> named.ofKey().apply(names.apply(key)), named.ofAll()));
  }

  private Settings listening(Outcomes.Listeners listeners) {
    return new Settings(
        limits, clock, plan, maxKeys, maxWaiters, counters, listeners, whenFull, hashing);
  }

  Settings whenFull(OverflowPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return new Settings(
        limits, clock, plan, maxKeys, maxWaiters, counters, listeners, policy, hashing);
  }

  Settings hashing(Hashing known) {
    return new Settings(
        limits, clock, plan, maxKeys, maxWaiters, counters, listeners, whenFull, known);
  }
}
