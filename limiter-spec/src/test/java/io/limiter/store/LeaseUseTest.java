package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What leases are for: few calls of the store, and nearly all of the limit used. On virtual time. */
class LeaseUseTest {
  private static final long N = 100_000; // permits per second, and the burst
  private static final Limits LIMITS = Limits.parse(N + "/second");
  private static final long SECONDS = 10;

  private final TreeMap<Long, Long> admitted = new TreeMap<>();
  private long nanos;
  private long trips;
  private long total;
  private long asked;

  private final LocalStore store = new LocalStore(this::micros);
  private final NanoClock clock = () -> nanos;

  private long micros() {
    return StoreTimeline.BASE + nanos / 1000;
  }

  private LeasedLimiter node() {
    ScriptRunner counting = call -> {
      trips++;
      nanos += 100_000; // a round trip
      Object reply = store.run(call);
      nanos += 100_000;
      return reply;
    };
    return LeasedLimiter.create(StoreLimiter.create(LIMITS, 1, counting), "hot", clock);
  }

  /** Calls at so many times the limit, by so many processes, of which one dies every so many ms. */
  private void run(int processes, double load, long deathMillis) {
    List<LeasedLimiter> nodes = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      nodes.add(node());
    }
    Random random = new Random(42);
    long step = (long) (1e9 / (N * load));
    long death = deathMillis * 1_000_000;
    while (nanos < SECONDS * 1_000_000_000L) {
      nanos += step;
      if (death > 0 && nanos >= death) {
        nodes.set(random.nextInt(processes), node());
        death += deathMillis * 1_000_000;
      }
      long now = micros();
      asked++;
      if (nodes.get(random.nextInt(processes)).tryAcquire()) {
        admitted.merge(now, 1L, Long::sum);
        total++;
      }
    }
    assertEquals(Optional.empty(), LeaseTimeline.excess(admitted, N, 1_000_000, N));
  }

  private double used() {
    return (double) total / (N + N * SECONDS);
  }

  private double admissionsPerTrip() {
    return (double) total / trips;
  }

  @Test
  void saturated_fourProcesses_useTheLimitWithFewCalls() {
    run(4, 3, 0);
    assertTrue(used() >= 0.95, used() + " of the limit");
    assertTrue(admissionsPerTrip() >= 1_000, admissionsPerTrip() + " admissions per call");
  }

  @Test
  void halfLoad_nothingIsDenied() {
    run(4, 0.5, 0);
    assertEquals(asked, total);
    assertTrue(admissionsPerTrip() >= 500, admissionsPerTrip() + " admissions per call");
  }

  @Test
  void processesThatDie_loseWhatTheyHeldAndNothingElse() {
    run(4, 3, 500);
    assertTrue(used() >= 0.85, used() + " of the limit");
  }
}
