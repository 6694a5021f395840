package io.limiter.spec.guide

import io.limiter.Gate
import io.limiter.RateLimiter
import java.time.Duration
import kotlinx.coroutines.future.await

/** Whether a permit came within [maxWait]. No thread waits. Cancelling the coroutine leaves the line. */
suspend fun RateLimiter.awaitPermit(maxWait: Duration): Boolean = acquireAsync(1, maxWait).await()

/** What [call] answers, once the gate admits it; null if that takes too long. Closes the permit. */
suspend fun <T : Any> Gate.limited(maxWait: Duration, call: suspend () -> T): T? {
  val entered = enterAsync(1, maxWait)
  try {
    return if (entered.await().granted()) call() else null
  } finally {
    entered.cancel(false) // leaves the line
    entered.thenAccept { it.close() } // or had entered already
  }
}
