package io.limiter.store;

import io.limiter.LimitListener;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@link StoreLimiter} for a client with futures: the same limits, scripts, promise and failure policies. No
 * method waits. A failure that no policy answers completes the future with a {@link StoreException}; bad
 * arguments are thrown at once.
 *
 * <p>Futures are completed by the thread of the client. Cancelling one does not call anything back: the
 * permits may have been charged.
 *
 * <p>Immutable and thread-safe, if the {@link AsyncScriptRunner} is.
 */
public final class AsyncStoreLimiter {
  private final AsyncScriptRunner redis;
  private final StoreSettings settings;

  private AsyncStoreLimiter(AsyncScriptRunner redis, StoreSettings settings) {
    this.redis = redis;
    this.settings = settings;
  }

  /**
   * A limiter that gives each key {@code limits}, and fails if the store does.
   *
   * @param revision a number that grows with each change of the limits; 0 to 999999999
   * @throws UnsupportedOperationException as {@link StoreLimiter#create}
   * @throws IllegalArgumentException as {@link StoreLimiter#create}
   */
  public static AsyncStoreLimiter create(Limits limits, long revision, AsyncScriptRunner redis) {
    StoreSettings settings = StoreSettings.of(limits, revision);
    return new AsyncStoreLimiter(Objects.requireNonNull(redis, "redis"), settings);
  }

  /** The same limiter with a policy for when the store fails. */
  public AsyncStoreLimiter onFailure(FailurePolicy policy) {
    return new AsyncStoreLimiter(redis, settings.policy(policy));
  }

  /**
   * The same limiter, which tells the listener of a key what is decided of it: {@link StoreLimiter#listening}.
   * What a listener throws completes the future, once what the store charged was given back.
   */
  public AsyncStoreLimiter listening(Function<String, ? extends LimitListener> listeners) {
    return new AsyncStoreLimiter(redis, settings.listening(listeners));
  }

  /**
   * The same limiter, which remembers of up to so many keys what it saw last: {@link StoreLimiter#seenKeys}.
   *
   * @throws IllegalArgumentException if keys is not in 0..2^24
   */
  public AsyncStoreLimiter seenKeys(int keys) {
    return new AsyncStoreLimiter(redis, settings.seenKeys(keys));
  }

  /**
   * The same limiter with other limits: those of a plan, or a key's own.
   *
   * @throws UnsupportedOperationException as {@link StoreLimiter#create}
   * @throws IllegalArgumentException as {@link StoreLimiter#create}
   */
  public AsyncStoreLimiter withLimits(Limits limits, long revision) {
    return new AsyncStoreLimiter(redis, settings.limits(limits, revision));
  }

  /** The limits that this limiter gives each key. */
  public Limits limits() {
    return settings.limits().limits();
  }

  /** Takes one permit of {@code key} now, or none: {@code tryAcquire(key, 1)}. */
  public CompletableFuture<Boolean> tryAcquire(String key) {
    return tryAcquire(key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none; answers whether they were admitted.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Boolean> tryAcquire(String key, long permits) {
    return decide(key, permits).thenApply(StoreDecision::admitted);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and says what each rule has left.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<StoreDecision> decide(String key, long permits) {
    return told(
        decideNow(key, permits),
        decision -> settings.tell(decision, permits),
        decision -> giveBack(decision, permits));
  }

  private CompletableFuture<StoreDecision> decideNow(String key, long permits) {
    if (settings.limits().isFixed()) {
      return fixed(key, permits);
    }
    ScriptExchange exchange = settings.exchange(OptionalLong.empty(), key, permits, true);
    return run(exchange)
        .handle((done, failure) -> failure == null
            ? exchange.decision()
            : settings.fallback(key, permits, StoreErrors.of(failure)));
  }

  /** The same, once the listener was told; what it throws gives back what was charged. */
  private <T> CompletableFuture<T> told(
      CompletableFuture<T> answer, Consumer<T> tell, Function<T, CompletableFuture<?>> giveBack) {
    if (!settings.isHeard()) {
      return answer;
    }
    return answer.thenCompose(each -> {
      try {
        tell.accept(each);
        return CompletableFuture.completedFuture(each);
      } catch (RuntimeException | Error e) {
        return giveBack
            .apply(each)
            .exceptionally(failure -> {
              e.addSuppressed(failure);
              return null;
            })
            .thenCompose(done -> CompletableFuture.failedFuture(e));
      }
    });
  }

  /** What {@link #decideAll} is to take of {@code key}, by the limits of this limiter. */
  public KeyCall call(String key, long permits) {
    return new KeyCall(key, settings.limits(), permits);
  }

  /**
   * Takes permits of several keys in one call, all or nothing: {@link StoreLimiter#decideAll}.
   *
   * @throws IllegalArgumentException as there
   */
  public CompletableFuture<List<StoreDecision>> decideAll(List<KeyCall> calls) {
    List<KeyCall> asked = List.copyOf(calls);
    JointExchange exchange = settings.joint(OptionalLong.empty(), asked);
    CompletableFuture<List<StoreDecision>> answer = run(exchange)
        .handle((done, failure) -> failure == null
            ? exchange.decisions()
            : settings.fallback(asked, StoreErrors.of(failure)));
    return told(answer, all -> settings.tell(asked, all), all -> {
      CompletableFuture<?>[] parts = new CompletableFuture<?>[all.size()];
      for (int i = 0; i < parts.length; i++) {
        parts[i] = giveBack(all.get(i), asked.get(i).permits());
      }
      return CompletableFuture.allOf(parts);
    });
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing. No policy answers if the store fails.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<StoreDecision> peek(String key, long permits) {
    if (settings.limits().isFixed()) {
      return fixed(key, permits);
    }
    ScriptExchange exchange = settings.exchange(OptionalLong.empty(), key, permits, false);
    return run(exchange).thenApply(done -> exchange.decision());
  }

  private CompletableFuture<StoreDecision> fixed(String key, long permits) {
    Checks.permits(permits);
    return CompletableFuture.completedFuture(settings.fixed(key));
  }

  /**
   * Gives back permits that {@code charge} took and that were not used; answers whether something was given
   * back. As {@link StoreLimiter#refund(StoreDecision, long)}.
   *
   * @throws IllegalArgumentException if permits is negative, or more than were charged
   */
  public CompletableFuture<Boolean> refund(StoreDecision charge, long permits) {
    return giveBack(charge, permits).thenApply(done -> {
      settings.tellRefund(charge.key(), done, permits);
      return done;
    });
  }

  private CompletableFuture<Boolean> giveBack(StoreDecision charge, long permits) {
    Receipt receipt = StoreDecision.checked(charge, permits);
    if (receipt == Receipt.NONE || permits == 0 || !charge.use()) {
      return CompletableFuture.completedFuture(false);
    }
    return lower(charge.key(), settings.limits().named(receipt.id()), permits, receipt);
  }

  /**
   * Raises the level of {@code key} by {@code permits}, to the burst at most, as a gift; answers whether it
   * rose. As {@link StoreLimiter#refund(String, long)}.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Boolean> refund(String key, long permits) {
    Checks.permits(permits);
    return lower(key, settings.limits(), Math.min(permits, Long.MAX_VALUE - 1), Receipt.NONE)
        .thenApply(done -> {
          settings.tellRefund(key, done, permits);
          return done;
        });
  }

  /** Makes {@code key} fresh: a gift of all that was spent; answers whether anything had been spent. */
  public CompletableFuture<Boolean> reset(String key) {
    return lower(key, settings.limits(), Long.MAX_VALUE, Receipt.NONE);
  }

  private CompletableFuture<Boolean> lower(
      String key, StoreLimits limits, long permits, Receipt receipt) {
    if (limits.isFixed()) {
      Objects.requireNonNull(key, "key");
      return CompletableFuture.completedFuture(false);
    }
    ScriptExchange exchange =
        ScriptExchange.lower(OptionalLong.empty(), key, limits, permits, receipt);
    return run(exchange).thenApply(done -> exchange.changed());
  }

  private CompletableFuture<@Nullable Void> run(StoreExchange exchange) {
    try {
      settings.checkCircuit();
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
    step(exchange, exchange.call(), result);
    return result;
  }

  /** Sends one call; on its reply reads it, and goes on to the next if there is one. */
  private void step(
      StoreExchange exchange, ScriptCall call, CompletableFuture<@Nullable Void> result) {
    send(call).whenComplete((reply, failure) -> {
      if (failure != null && call.isDigest() && StoreErrors.isNoScript(failure)) {
        step(exchange, RedisScript.byText(call), result);
        return;
      }
      try {
        if (failure != null) {
          result.completeExceptionally(settings.failed(failure));
        } else if (exchange.read(reply)) {
          settings.circuit().succeeded();
          result.complete(null);
        } else {
          step(exchange, exchange.call(), result);
        }
      } catch (RuntimeException e) {
        result.completeExceptionally(settings.failed(e));
      }
    });
  }

  private CompletionStage<?> send(ScriptCall call) {
    try {
      return redis.run(call);
    } catch (Exception e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public String toString() {
    return "asynchronous store limiter of " + settings.limits();
  }
}
