package io.limiter.tool;

import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.io.PrintStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What limits B admit that limits A do not: the shortest run of calls that B admits one and all, and of
 * which A denies the last. Calls are of one permit.
 *
 * <p>Where all rules are of GCRA or the token bucket the answer is exact. The m-th call of the densest
 * run of B is at the largest of {@code max(0, (m - B_b) * T_b)} over the rules b of B; a rule a of A
 * denies it iff that is less than {@code (m - B_a) * T_a}: linear conditions on m, whose least solution
 * is computed in integers of any size. Where there are windows, limiters are run, from each start that
 * may matter: at the start of a window, or shortly before its end.
 */
final class Compare {
  /** A run: at each of the times, in ns, so many calls; A denies the last of them. */
  record Example(long startNanos, BigInteger calls, BigInteger lastNanos, List<Batch> batches) {}

  /** Calls at one instant, ns after the first. */
  record Batch(long nanos, long calls) {}

  private static final int MAX_STEPS = 100_000;
  private static final int MAX_WINDOWS = 24;
  private static final int SHOWN_BATCHES = 6;

  private final RuleText a;
  private final RuleText b;

  private Compare(RuleText a, RuleText b) {
    this.a = a;
    this.b = b;
  }

  /** Writes what B admits that A does not. */
  static void print(RuleText a, RuleText b, PrintStream out) {
    new Compare(a, b).print(out);
  }

  private void print(PrintStream out) {
    out.println("A: " + a.limits());
    out.println("B: " + b.limits());
    out.println();
    boolean exact = isContinuous(a.limits()) && isContinuous(b.limits());
    Example example = exact ? solved() : searched();
    if (example == null) {
      out.println(
          exact || a.limits().equals(b.limits())
              ? "B admits nothing that A denies."
              : "B admitted nothing that A denies in runs of up to " + MAX_STEPS
                  + " steps; a longer one may exist.");
    } else {
      out.println("B admits what A denies. The shortest example:");
      show(example, out);
    }
    out.println();
    out.println(
        "The other way round: explain --compare \"" + b.limits() + "\" \"" + a.limits() + "\"");
  }

  private void show(Example example, PrintStream out) {
    long start = example.startNanos();
    if (start > 0) {
      // A start 1 ns before a boundary is told by the boundary.
      long boundary = start % Calendar.NANOS_PER_SECOND == 0 ? start : start + 1;
      out.println("  from " + (boundary == start ? "" : "1 ns before ") + Text.exact(boundary)
          + " after the windows began to count:");
    }
    long seen = 0;
    List<Batch> batches = example.batches();
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      seen += batch.calls();
      if (i >= SHOWN_BATCHES && i < batches.size() - 1) {
        if (i == SHOWN_BATCHES) {
          out.println("  ...");
        }
        continue;
      }
      out.println("  after " + elapsed(batch.nanos()) + "  " + batch.calls()
          + (batch.calls() == 1 ? " call, " : " calls, ") + seen + " so far");
    }
    out.println("  B admits all " + example.calls() + " within "
        + (example.lastNanos().signum() == 0
            ? "one instant"
            : Text.waiting(saturated(example.lastNanos())))
        + "; A denies the last.");
  }

  private static String elapsed(long nanos) {
    return nanos == 0 ? "0 s" : Text.waiting(nanos);
  }

  private static long saturated(BigInteger value) {
    return value.bitLength() > 62 ? Long.MAX_VALUE - 1 : value.longValueExact();
  }

  private static boolean isContinuous(Limits limits) {
    return !limits.rules().isEmpty()
        && limits.rules().stream()
            .allMatch(rule ->
                rule.algorithm() == Algorithm.GCRA || rule.algorithm() == Algorithm.TOKEN_BUCKET);
  }

  // Rules without windows.

  private @Nullable Example solved() {
    BigInteger fewest = null;
    for (Rule rule : a.limits().rules()) {
      BigInteger calls = fewest(rule, b.limits().rules());
      if (calls != null && (fewest == null || calls.compareTo(fewest) < 0)) {
        fewest = calls;
      }
    }
    if (fewest == null) {
      return null;
    }
    BigInteger last = densest(fewest, b.limits().rules());
    List<Batch> batches = new ArrayList<>();
    long burst = b.limits().rules().stream().mapToLong(Rule::burst).min().orElseThrow();
    BigInteger atOnce = fewest.min(BigInteger.valueOf(burst));
    batches.add(new Batch(0, atOnce.longValueExact()));
    BigInteger call = atOnce.add(BigInteger.ONE);
    for (int i = 0; i < SHOWN_BATCHES && call.compareTo(fewest) < 0; i++) {
      batches.add(new Batch(saturated(densest(call, b.limits().rules())), 1));
      call = call.add(BigInteger.ONE);
    }
    if (call.compareTo(fewest) <= 0) {
      BigInteger rest = fewest.subtract(call).add(BigInteger.ONE);
      batches.add(new Batch(
          saturated(last), rest.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue()));
    }
    return new Example(0, fewest, last, batches);
  }

  /** When the m-th call of the densest run is, ns rounded up. */
  private static BigInteger densest(BigInteger m, List<Rule> rules) {
    BigInteger latest = BigInteger.ZERO;
    for (Rule rule : rules) {
      BigInteger[] at = m.subtract(BigInteger.valueOf(rule.burst()))
          .multiply(BigInteger.valueOf(rule.rate().periodNanos()))
          .divideAndRemainder(BigInteger.valueOf(rule.rate().permits()));
      latest = latest.max(at[1].signum() > 0 ? at[0].add(BigInteger.ONE) : at[0]);
    }
    return latest;
  }

  /**
   * The least m such that (m - B_a) T_a is more than 0 and than (m - B_b) T_b for each b: with T = P/N
   * that is {@code m (P_a N_b - P_b N_a) > B_a P_a N_b - B_b P_b N_a}. Null if there is none.
   */
  private static @Nullable BigInteger fewest(Rule a, List<Rule> rules) {
    BigInteger least = BigInteger.valueOf(a.burst()).add(BigInteger.ONE);
    BigInteger most = null;
    for (Rule b : rules) {
      BigInteger pa = product(a.rate().periodNanos(), b.rate().permits());
      BigInteger pb = product(b.rate().periodNanos(), a.rate().permits());
      BigInteger slope = pa.subtract(pb);
      BigInteger bound = pa.multiply(BigInteger.valueOf(a.burst()))
          .subtract(pb.multiply(BigInteger.valueOf(b.burst())));
      if (slope.signum() > 0) {
        least = least.max(floorDiv(bound, slope).add(BigInteger.ONE));
      } else if (slope.signum() == 0) {
        if (bound.signum() >= 0) {
          return null;
        }
      } else { // m < bound / slope
        BigInteger below = floorDiv(bound.negate().subtract(BigInteger.ONE), slope.negate());
        most = most == null ? below : most.min(below);
      }
    }
    return most != null && least.compareTo(most) > 0 ? null : least;
  }

  private static BigInteger product(long x, long y) {
    return BigInteger.valueOf(x).multiply(BigInteger.valueOf(y));
  }

  private static BigInteger floorDiv(BigInteger x, BigInteger y) {
    BigInteger[] parts = x.divideAndRemainder(y);
    return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  // Rules with windows, unlimited and blocked.

  private @Nullable Example searched() {
    Example best = null;
    for (long start : starts()) {
      Example found = run(start, best);
      if (found != null && (best == null || isShorter(found, best))) {
        best = found;
      }
    }
    return best;
  }

  private static boolean isShorter(Example x, Example y) {
    int calls = x.calls().compareTo(y.calls());
    return calls < 0 || calls == 0 && x.lastNanos().compareTo(y.lastNanos()) < 0;
  }

  /** Times after the windows began at which a densest run may start. */
  private TreeSet<Long> starts() {
    TreeSet<Long> starts = new TreeSet<>();
    starts.add(0L);
    List<Rule> all = new ArrayList<>(a.limits().rules());
    all.addAll(b.limits().rules());
    long fill = Math.max(fillNanos(b), fillNanos(a));
    for (Rule rule : all) {
      if (rule.algorithm() == Algorithm.FIXED_WINDOW) {
        long period = rule.rate().periodNanos();
        for (int i = 1; i <= MAX_WINDOWS; i++) {
          starts.add(i * period);
          starts.add(i * period - 1);
          starts.add(Math.max(0, i * period - Math.min(fill, period)));
        }
      }
    }
    return starts;
  }

  /** How long it takes to use up a window at the pace of the other rules. */
  private static long fillNanos(RuleText text) {
    long most = text.limits().rules().stream()
        .filter(rule -> rule.algorithm() == Algorithm.FIXED_WINDOW)
        .mapToLong(rule -> Math.min(rule.permits(), MAX_STEPS))
        .max()
        .orElse(0);
    RuleText.Limiter limiter = text.fresh(ManualClock.create());
    long now = 0;
    for (long taken = 0; taken < most; ) {
      long can = Math.min(limiter.remainingAt(now), most - taken);
      if (can > 0 && limiter.tryAcquireAt(now, can)) {
        taken += can;
      } else {
        long wait = limiter.retryAfterNanosAt(now, 1);
        if (wait > Long.MAX_VALUE / 4 - now) {
          return now;
        }
        now += wait;
      }
    }
    return now;
  }

  /** The densest run of B from a start, until A denies or the steps are over; null if it does not. */
  private @Nullable Example run(long start, @Nullable Example best) {
    ManualClock clock = ManualClock.create();
    RuleText.Limiter limiterA = a.fresh(clock);
    RuleText.Limiter limiterB = b.fresh(clock);
    List<Batch> batches = new ArrayList<>();
    long calls = 0;
    long now = start;
    for (int step = 0; step < MAX_STEPS; step++) {
      long canB = limiterB.remainingAt(now);
      long canA = limiterA.remainingAt(now);
      if (canB > canA) {
        batches.add(new Batch(now - start, canA + 1));
        return new Example(
            start, BigInteger.valueOf(calls + canA + 1), BigInteger.valueOf(now - start), batches);
      }
      if (canB > 0) {
        if (canB == Long.MAX_VALUE) {
          return null; // unlimited, both
        }
        limiterA.tryAcquireAt(now, canB);
        limiterB.tryAcquireAt(now, canB);
        batches.add(new Batch(now - start, canB));
        calls += canB;
        if (best != null && BigInteger.valueOf(calls).compareTo(best.calls()) > 0) {
          return null;
        }
      }
      long wait = limiterB.retryAfterNanosAt(now, 1);
      if (wait > Long.MAX_VALUE / 4 - now) {
        return null;
      }
      now += wait;
    }
    return null;
  }
}
