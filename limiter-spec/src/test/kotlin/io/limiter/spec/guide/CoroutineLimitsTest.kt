package io.limiter.spec.guide

import io.limiter.ManualClock
import io.limiter.rule.Limits
import java.time.Duration
import java.util.concurrent.CyclicBarrier
import kotlin.concurrent.thread
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart.UNDISPATCHED
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class CoroutineLimitsTest {
  private val hour = Duration.ofHours(1)
  private val clock = ManualClock.create()

  @Test
  fun permits_comeInTimeOrderAndInTime() = runBlocking<Unit>(Dispatchers.Unconfined) {
    val limiter = Limits.parse("1/second").newRateLimiter(clock)
    limiter.tryAcquire()
    val first = async(start = UNDISPATCHED) { limiter.awaitPermit(Duration.ofSeconds(1)) }
    val second = async(start = UNDISPATCHED) { limiter.awaitPermit(Duration.ofSeconds(1)) }
    assertEquals(false, second.isActive, "it cannot come in time")
    clock.advance(Duration.ofSeconds(1))
    assertEquals(true, first.await())
    assertEquals(false, second.await())
  }

  @Test
  fun coroutineThatIsCancelled_leavesTheLineAndCostsNothing() = runBlocking<Unit> {
    val limiter = Limits.parse("1/second").newRateLimiter(clock)
    limiter.tryAcquire()
    val waits = launch(start = UNDISPATCHED) { limiter.awaitPermit(hour) }
    assertEquals(1, limiter.waiters())
    waits.cancel()
    assertEquals(0, limiter.waiters())
    clock.advance(Duration.ofSeconds(1))
    assertEquals(true, limiter.tryAcquire())
  }

  @Test
  fun permitOfAGate_isHeldUntilTheCallEnds() = runBlocking<Unit>(Dispatchers.Unconfined) {
    val gate = Limits.parse("1 concurrent").newGate(clock)
    val reply = CompletableDeferred<String>()
    val first = async(start = UNDISPATCHED) { gate.limited(hour) { reply.await() } }
    val second = async(start = UNDISPATCHED) { gate.limited(hour) { "second" } }
    assertEquals(1, gate.waiters())
    reply.complete("first")
    assertEquals("first", first.await())
    assertEquals("second", second.await())
    assertEquals(1, gate.peek(1).remaining())
  }

  @Test
  fun permitThatIsGrantedWhileItsCoroutineIsCancelled_isNotLost() {
    val gate = Limits.parse("1 concurrent").newGate(clock)
    repeat(2_000) {
      val held = gate.tryEnter()
      val both = CyclicBarrier(2)
      runBlocking {
        val waits = launch(Dispatchers.Unconfined) { gate.limited(hour) { "called" } }
        val closer = thread {
          both.await()
          held.close()
        }
        both.await()
        waits.cancel()
        closer.join()
      }
      assertEquals(1, gate.peek(1).remaining(), "round $it")
    }
  }
}
