package io.limiter.spec.guide;

import io.limiter.Gate;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.publisher.Mono;

/** Waits for a limiter before a Mono is subscribed to. No thread waits. */
class ReactorLimits {
  private ReactorLimits() {}

  /** {@code call}, once {@code limiter} admits it. Cancelling the Mono leaves the line. */
  static <T> Mono<T> limited(RateLimiter limiter, Duration maxWait, Mono<T> call) {
    return Mono.fromFuture(() -> limiter.acquireAsync(1, maxWait))
        .flatMap(admitted -> admitted ? call : Mono.error(tooLate(maxWait)));
  }

  /** {@code call}, once {@code gate} admits it. The permit is closed however the call ends. */
  static <T> Mono<T> limited(Gate gate, Duration maxWait, Mono<T> call) {
    return Mono.defer(() -> {
      CompletableFuture<Permit> entered = gate.enterAsync(1, maxWait);
      return Mono.fromFuture(entered)
          .flatMap(permit -> permit.granted() ? call : Mono.error(tooLate(maxWait)))
          .doFinally(end -> {
            entered.cancel(false); // leaves the line
            entered.thenAccept(Permit::close); // or had entered already
          });
    });
  }

  private static RejectedExecutionException tooLate(Duration maxWait) {
    return new RejectedExecutionException("not admitted within " + maxWait);
  }
}
