package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import io.limiter.spec.Setup;
import io.limiter.spec.kit.Finding;
import io.limiter.spec.kit.Guarantee;
import io.limiter.spec.kit.RateAdapter;
import io.limiter.spec.kit.RateLimiterContract;
import java.sql.Connection;
import java.time.Duration;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** Limiters in each store through the conformance kit, by the caller's time. */
class StoreKitTest {
  private static final int TRIES = Integer.getInteger("store.steps", 9_000) / 300;
  private static final Limits ANY = Limits.parse("unlimited");

  private static final class Kit extends RateLimiterContract {
    private final StoreLimiter any; // its limits do not matter
    private int keys;

    Kit(StoreLimiter any) {
      this.any = any.seenKeys(2);
    }

    private static Limits limits(Rate rate, long burst) {
      return Limits.parse(rate + " burst " + burst);
    }

    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      StoreLimiter limiter = any.withLimits(limits(rate, burst), 1);
      String key = "kit:" + keys++;
      long origin = clock.nanoTime();
      return new RateAdapter() {
        private StoreLimiter now() {
          return limiter.at(StoreTimeline.BASE + Math.floorDiv(clock.nanoTime() - origin, 1_000L));
        }

        @Override
        public boolean tryAcquire(long permits) {
          return now().tryAcquire(key, permits);
        }

        @Override
        public boolean peek(long permits) {
          return now().peek(key, permits).admitted();
        }

        @Override
        public long remaining() {
          return now().peek(key, 1).decision().remaining();
        }

        @Override
        public long retryAfterNanos(long permits) {
          return now().peek(key, permits).decision().retryAfterNanos();
        }

        @Override
        public long resetAfterNanos() {
          return now().peek(key, 1).decision().resetAfterNanos();
        }

        @Override
        public boolean refund(long permits) {
          now().refund(key, permits);
          return true;
        }
      };
    }

    /** Those that a store can hold. */
    @Override
    protected Arbitrary<Setup.OfGcra> setups() {
      return super.setups().filter(setup -> {
        try {
          StoreLimits.of(limits(setup.rate(), setup.burst()));
          return true;
        } catch (IllegalArgumentException e) {
          return false;
        }
      });
    }

    /** Stores read whole microseconds. */
    @Override
    protected long resolutionNanos() {
      return 1_000;
    }

    @Override
    protected long horizonNanos() {
      return Duration.ofDays(50 * 365).toNanos();
    }

    @Override
    protected long longestStepBackNanos() {
      return Duration.ofDays(50 * 365).toNanos();
    }
  }

  /** Fails if the kit finds a counterexample. */
  static void keepAll(StoreLimiter limiter, int tries) {
    int kept = 0;
    for (Guarantee each : new Kit(limiter).guarantees()) {
      Finding finding = each.find(new Random().nextLong(), tries);
      assertNotEquals(Finding.Kind.BROKEN, finding.kind(), finding::toString);
      kept += finding.kind() == Finding.Kind.HOLDS ? 1 : 0;
    }
    assertTrue(kept >= 12, kept + " kept");
  }

  @Test
  void scriptsInJava_keepEveryGuarantee() {
    keepAll(StoreLimiter.create(ANY, 0, new LocalStore(() -> StoreTimeline.BASE)), TRIES);
  }

  @Test
  void redis_keepsEveryGuarantee() throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "no");
        RedisClient jedis = RedisClient.create("127.0.0.1", server.port())) {
      keepAll(StoreLimiter.create(ANY, 0, RedisServer.runner(jedis)), TRIES);
    }
  }

  @Test
  void postgres_keepsEveryGuarantee() throws Exception {
    try (PostgresServer server = PostgresServer.start();
        Connection connection = server.connect()) {
      keepAll(StoreLimiter.postgres(ANY, 0, PostgresServer.runner(connection)), TRIES / 4);
    }
  }
}
