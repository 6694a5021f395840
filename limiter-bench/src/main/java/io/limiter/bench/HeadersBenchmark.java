package io.limiter.bench;

import io.limiter.DetailedDecision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.RuleStatus;
import io.limiter.http.ResetFormat;
import io.limiter.http.ResponseHeaders;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * All header fields of a response that two rules decided, into a consumer of names and values. Beside
 * it what a caller would write by hand for these two rules: one StringBuilder and constants.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class HeadersBenchmark {
  private static final long SECOND = 1_000_000_000L;

  /** What the response says. */
  public enum Verdict {
    /** The call was admitted. */
    ADMITTED,
    /** The call was denied. */
    DENIED
  }

  /** Whether there is a Retry-After. */
  @Param
  public Verdict verdict;

  private final Instant now = Instant.ofEpochSecond(1_704_225_587, 123_456_789);
  private RateLimiter limiter;
  private ResponseHeaders headers;
  private DetailedDecision decision;
  private BiConsumer<String, String> consumer;

  /** Makes the limiter, a decision of it, and the renderer. */
  @Setup
  public void create(Blackhole blackhole) {
    Limits limits = Limits.parse("480/minute, 4800/hour");
    limiter = limits.newRateLimiter(ManualClock.create());
    headers = ResponseHeaders.of(limits).resetFormat(ResetFormat.EPOCH_SECONDS);
    limiter.tryAcquire(verdict == Verdict.ADMITTED ? 17 : 480);
    decision = limiter.decideInDetail(1);
    consumer = (name, value) -> {
      blackhole.consume(name);
      blackhole.consume(value);
    };
  }

  /** By the library. */
  @Benchmark
  public void renderer() {
    headers.write(decision, now, consumer);
  }

  /** The decision with all its rules, and then its fields. */
  @Benchmark
  public void decideAndRender() {
    headers.write(limiter.decideInDetail(1), now, consumer);
  }

  /** The decision alone, for comparison. */
  @Benchmark
  public DetailedDecision decideInDetail() {
    return limiter.decideInDetail(1);
  }

  /** By hand. */
  @Benchmark
  public void handWritten() {
    RuleStatus minute = decision.rules().get(0);
    RuleStatus hour = decision.rules().get(1);
    boolean first = minute.calls() <= hour.calls();
    RuleStatus next = first ? minute : hour;
    long reset = next.calls() == 0 ? next.waitNanos() : next.resetAfterNanos();
    consumer.accept("X-RateLimit-Limit", first ? "480" : "4800");
    consumer.accept("X-RateLimit-Remaining", Long.toString(next.remaining()));
    consumer.accept(
        "X-RateLimit-Reset", Long.toString(now.getEpochSecond() + seconds(reset + now.getNano())));
    consumer.accept("RateLimit-Policy", "\"480/minute\";q=480;w=60, \"4800/hour\";q=4800;w=3600");
    consumer.accept(
        "RateLimit",
        new StringBuilder(64)
            .append("\"480/minute\";r=")
            .append(minute.remaining())
            .append(";t=")
            .append(seconds(minute.calls() == 0 ? minute.waitNanos() : minute.resetAfterNanos()))
            .append(", \"4800/hour\";r=")
            .append(hour.remaining())
            .append(";t=")
            .append(seconds(hour.calls() == 0 ? hour.waitNanos() : hour.resetAfterNanos()))
            .toString());
    if (!decision.admitted()) {
      consumer.accept("Retry-After", Long.toString(seconds(decision.decision().retryAfterNanos())));
    }
  }

  private static long seconds(long nanos) {
    return (nanos + SECOND - 1) / SECOND;
  }
}
