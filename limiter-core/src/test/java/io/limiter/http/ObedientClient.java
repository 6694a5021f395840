package io.limiter.http;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * A server with any rules, which was used before, and a client that waits as one of its header fields
 * tells it, and calls again. All calls of a client weigh alike.
 */
final class ObedientClient {
  /** Which field the client looks at. */
  enum Looks {
    RETRY_AFTER,
    X_RATE_LIMIT,
    RATE_LIMIT,
    TRACKER
  }

  /** What makes header fields of a decision. */
  interface Renderer {
    Map<String, String> render(Limits limits, DetailedDecision decision, Instant now);
  }

  private static final long SECOND = 1_000_000_000L;
  private static final Instant START = Instant.ofEpochSecond(1_704_225_587);
  private static final List<String> PERIODS =
      List.of("250 ms", "second", "1500 ms", "7 seconds", "minute", "90 seconds", "hour", "day");
  private static final List<String> ALGORITHMS =
      List.of("", "", " token-bucket", " fixed-window", " sliding-log");

  private final Random random;
  private final ManualClock clock = ManualClock.create();
  private final InstantSource wallClock = () -> START.plusNanos(clock.nanoTime());

  private ObedientClient(long seed) {
    this.random = new Random(seed);
  }

  /** What the client complains about; null if about nothing. */
  static String complaint(Renderer renderer, Looks looks, long seed) {
    return new ObedientClient(seed).complaint(renderer, looks);
  }

  /** Any rules, but one sliding log at most if members are to have weights of their own. */
  private Limits rules(boolean weighted) {
    List<String> periods = new ArrayList<>(PERIODS);
    Collections.shuffle(periods, random);
    List<String> rules = new ArrayList<>();
    boolean logs = false;
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String algorithm = ALGORITHMS.get(random.nextInt(ALGORITHMS.size()));
      algorithm = weighted && logs && algorithm.contains("log") ? "" : algorithm;
      logs |= algorithm.contains("log");
      boolean mayBurst = !algorithm.contains("log") && !algorithm.contains("fixed");
      String burst = mayBurst && random.nextInt(3) == 0 ? " burst " + (1 + random.nextInt(20)) : "";
      rules.add((1 + random.nextInt(20)) + "/" + periods.get(i) + burst + algorithm);
    }
    if (!weighted && random.nextInt(4) == 0) {
      rules.add(random.nextInt(rules.size() + 1), (1 + random.nextInt(2)) + " concurrent");
    }
    return Limits.parse(String.join(", ", rules));
  }

  private String complaint(Renderer renderer, Looks looks) {
    boolean weighted = random.nextInt(3) == 0;
    Limits limits = rules(weighted);
    long[] weights =
        limits.rules().stream().mapToLong(rule -> 1 + random.nextInt(3)).toArray();
    long burst = Long.MAX_VALUE;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.min(weighted ? weights[i] : 1, limits.rules().get(i).burst());
      burst = Math.min(burst, limits.rules().get(i).burst() / weights[i]);
    }
    long permits = 1 + random.nextInt((int) burst);
    List<RateLimiter> each = new ArrayList<>();
    if (weighted) {
      limits.rules().forEach(rule -> each.add(Limits.parse(rule.toString()).newRateLimiter(clock)));
    }
    RateLimiter rates = weighted ? AllOf.of(each, weights) : null;
    Gate gate = weighted ? null : limits.newGate(clock);
    LimitTracker tracker = LimitTracker.create(1, clock, wallClock);
    boolean obeyed = false;
    for (int call = 0; call < 60; call++) {
      DetailedDecision decision;
      if (weighted) {
        decision = rates.decideInDetail(permits);
      } else {
        try (Permit permit = gate.tryEnter(permits)) {
          decision = gate.inDetail(permit.decision(), permits);
        }
      }
      Instant now = wallClock.instant();
      Map<String, String> fields = new TreeMap<>(renderer.render(limits, decision, now));
      Decision next = weighted ? rates.peek(permits) : gate.peek(permits);
      long needed = next.retryAfterNanos();
      String where = limits + " for " + permits + " permits, weights "
          + List.of(java.util.Arrays.toString(weights)) + ", call " + call + ": " + fields;
      if (obeyed && !decision.admitted()) {
        return "denied, having waited as told. " + where;
      }
      long told = told(looks, fields, tracker, now);
      if (told > 0 && told > needed + SECOND) {
        return "told to wait " + told + " ns where " + needed + " are needed. " + where;
      }
      if (told == 0 && needed > 0 && (looks != Looks.RETRY_AFTER || !decision.admitted())) {
        return "not told to wait " + needed + " ns. " + where;
      }
      obeyed = told > 0;
      clock.advanceNanos(obeyed ? told : pause(needed));
    }
    return null;
  }

  /** As a client does that is not told anything; rarely long. */
  private long pause(long needed) {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextLong(SECOND);
      case 1 -> random.nextLong(100 * SECOND);
      case 2 -> needed > 1 ? needed - 1 : 0;
      default -> 0;
    };
  }

  private static long told(
      Looks looks, Map<String, String> fields, LimitTracker tracker, Instant now) {
    return switch (looks) {
      case RETRY_AFTER -> Long.parseLong(fields.getOrDefault("Retry-After", "0")) * SECOND;
      case X_RATE_LIMIT ->
        fields.get("X-RateLimit-Remaining").equals("0")
            ? untilReset(fields.get("X-RateLimit-Reset"), now)
            : 0;
      case RATE_LIMIT ->
        StructuredList.parse(fields.get("RateLimit")).stream()
            .filter(item -> item.integers().get("r") == 0)
            .mapToLong(item -> item.integers().getOrDefault("t", 0L) * SECOND)
            .max()
            .orElse(0);
      case TRACKER -> {
        tracker.update(name -> Optional.ofNullable(fields.get(name)));
        yield tracker.waitNanos();
      }
    };
  }

  private static long untilReset(String reset, Instant now) {
    return reset == null ? 0 : Numbers.waitNanos(reset, now).orElse(0);
  }
}
