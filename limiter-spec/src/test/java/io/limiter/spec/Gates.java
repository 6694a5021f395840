package io.limiter.spec;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** The guarantees of a gate, each as a check of one script. */
final class Gates {
  private Gates() {}

  /** A gate on trial. */
  interface Subject {
    Entered tryEnter(long permits);

    Entered tryEnterEach(long... permits);

    Decision peek(long permits);
  }

  /** What was told, and what gives back. */
  record Entered(Decision decision, Runnable close) {}

  /** Builds a gate of rate limiters and concurrency limiters, in their order. */
  @FunctionalInterface
  interface Factory {
    Subject create(List<Object> members, List<Long> weights, NanoClock clock);
  }

  /** A member: a rate limiter, or a concurrency limiter of {@code limit} if rate is an empty list. */
  record Part(List<Setup> rate, int limit, long weight) {
    @Override
    public String toString() {
      return weight + " x (" + (rate.isEmpty() ? limit + " concurrent" : rate.get(0)) + ")";
    }
  }

  /** What is called. */
  enum Op {
    ENTER,
    ENTER_EACH,
    PEEK,
    CLOSE,
    CLOSE_AGAIN
  }

  /** When: at once, when the last call may be repeated, 1 ns before that, or a little later. */
  enum Move {
    SAME,
    RETRY,
    BEFORE_RETRY,
    LATER
  }

  /** A step: when, what, and how many. */
  record Step(Move move, Op op, int amount) {}

  /** A gate and what it gets. */
  record Script(List<Part> parts, long origin, List<Step> steps) {}

  static Arbitrary<Script> scripts() {
    Arbitrary<Setup> rates = Arbitraries.oneOf(
        Timelines.gcras().map(Setup.class::cast),
        Timelines.stepwiseBuckets().map(Setup.class::cast),
        Timelines.slidingLogsOfSeveralWindows().map(Setup.class::cast));
    Arbitrary<Setup> nested = rates
        .list()
        .ofMinSize(1)
        .ofMaxSize(2)
        .map(all -> new Setup.OfAll(all, List.of(2L, 1L).subList(0, all.size())));
    Arbitrary<Long> weights = Arbitraries.longs().between(1, 3);
    Arbitrary<Part> part = Arbitraries.oneOf(
        Combinators.combine(rates, weights).as((rate, w) -> new Part(List.of(rate), 0, w)),
        Combinators.combine(nested, weights).as((rate, w) -> new Part(List.of(rate), 0, w)),
        Combinators.combine(Arbitraries.integers().between(0, 8), weights)
            .as((limit, w) -> new Part(List.of(), limit, w)));
    Arbitrary<Step> step = Combinators.combine(
            Arbitraries.of(Move.values()),
            Arbitraries.of(Op.values()),
            Arbitraries.integers().between(1, 4))
        .as(Step::new);
    return Combinators.combine(
            part.list().ofMinSize(1).ofMaxSize(4),
            Timelines.origins(),
            step.list().ofMaxSize(40))
        .as(Script::new)
        .withoutEdgeCases();
  }

  /** Every call answers what the model answers, and closing gives back concurrency alone. */
  static void decidesAsTheModelDoes(Script script, Factory factory) {
    new Play(script, factory).run(true);
  }

  /** A denied call leaves every member as it was, and holds nothing that closing gives back. */
  static void deniedCallsLeaveEveryMemberAsItWas(Script script, Factory factory) {
    new Play(script, factory).run(false);
  }

  private static final class Play {
    private static final BigInteger LAST = BigInteger.ONE.shiftLeft(61);

    private final Script script;
    private final ManualClock clock;
    private final List<Object> members = new ArrayList<>();
    private final List<RateModel> models = new ArrayList<>();
    private final List<Long> flatWeights = new ArrayList<>();
    private final Subject subject;
    private final GateModel model;
    private final CallScript played;
    private BigInteger now = BigInteger.ZERO;

    Play(Script script, Factory factory) {
      this.script = script;
      this.clock = ManualClock.startingAt(script.origin);
      List<Long> weights = new ArrayList<>();
      for (Part part : script.parts) {
        weights.add(part.weight);
        if (part.rate.isEmpty()) {
          members.add(ConcurrencyLimiter.create(part.limit));
          models.add(new ConcurrencyModel(part.limit));
          flatWeights.add(part.weight);
        } else if (part.rate.get(0) instanceof Setup.OfAll all) {
          members.add(Kernel.limiter(all, clock));
          for (int i = 0; i < all.members().size(); i++) {
            models.add(all.members().get(i).model());
            flatWeights.add(part.weight * all.weights().get(i));
          }
        } else {
          members.add(Kernel.limiter(part.rate.get(0), clock));
          models.add(part.rate.get(0).model());
          flatWeights.add(part.weight);
        }
      }
      this.subject = factory.create(members, weights, clock);
      this.model = new GateModel(models, flatWeights);
      this.played = new CallScript("gate of " + script.parts, clock::nanoTime);
    }

    void run(boolean compare) {
      played.run(() -> play(compare));
    }

    private void play(boolean compare) {
      List<Entered> open = new ArrayList<>();
      List<List<Long>> held = new ArrayList<>();
      List<Entered> closed = new ArrayList<>();
      BigInteger retry = BigInteger.ONE;
      for (Step step : script.steps) {
        BigInteger by = switch (step.move) {
          case SAME -> BigInteger.ZERO;
          case RETRY -> retry;
          case BEFORE_RETRY -> retry.subtract(BigInteger.ONE);
          case LATER -> BigInteger.valueOf(step.amount);
        };
        now = now.add(by).min(LAST);
        clock.set(script.origin + now.longValueExact());
        long k = step.amount;
        List<Decision> before = look();
        switch (step.op) {
          case ENTER, ENTER_EACH -> {
            boolean each = step.op == Op.ENTER_EACH;
            List<Long> permits = new ArrayList<>();
            for (int i = 0; i < flatWeights.size(); i++) {
              permits.add(each ? 1 + (k + i) % 3 : flatWeights.get(i) * k);
            }
            played.tell(each ? "tryEnterEach(" + permits + ")" : "tryEnter(" + k + ")");
            Entered said = each
                ? subject.tryEnterEach(permits.stream().mapToLong(p -> p).toArray())
                : subject.tryEnter(k);
            ModelDecision right = each ? model.tryEnterEach(now, permits) : model.tryEnter(now, k);
            if (compare) {
              require(said.decision.equals(right.toDecision()), said.decision + " / " + right);
            }
            if (!said.decision.admitted()) {
              close(said);
              require(compare || before.equals(look()), before + " became " + look());
            } else {
              open.add(said);
              held.add(permits);
            }
            retry = right
                .retryAfter()
                .filter(wait -> wait.signum() > 0)
                .map(wait -> wait.min(LAST))
                .orElse(BigInteger.ONE);
          }
          case PEEK -> {
            played.tell("peek(" + k + ")");
            Decision right = model.peek(now, k).toDecision();
            Decision said = subject.peek(k);
            require(!compare || said.equals(right), said + " / " + right);
            require(before.equals(look()), "peek changed " + before);
          }
          default -> {
            if (!open.isEmpty() && step.op == Op.CLOSE) {
              int i = step.amount % open.size();
              played.tell("close permit " + i + " of those that are open");
              close(open.get(i));
              closed.add(open.remove(i));
              model.closeEach(held.remove(i));
            } else if (!closed.isEmpty() && step.op == Op.CLOSE_AGAIN) {
              int i = step.amount % closed.size();
              played.tell("close permit " + i + " of those that were closed");
              close(closed.get(i));
            }
            require(!compare || look().equals(right()), look() + " after closing, not " + right());
          }
        }
      }
    }

    private void close(Entered entered) {
      try {
        entered.close.run();
      } catch (IllegalStateException e) {
        require(false, "closing: " + e.getMessage());
      }
    }

    /** What the members say now. */
    private List<Decision> look() {
      List<Decision> each = new ArrayList<>();
      for (Object member : members) {
        each.add(
            member instanceof RateLimiter rate
                ? rate.peek()
                : new Decision(true, ((ConcurrencyLimiter) member).available(), 0, 0, -1));
      }
      return each;
    }

    /** What the members should say now. */
    private List<Decision> right() {
      List<Decision> each = new ArrayList<>();
      int i = 0;
      for (Part part : script.parts) {
        if (part.rate.isEmpty()) {
          long left = models.get(i++).remaining(now).longValueExact();
          each.add(new Decision(true, left, 0, 0, -1));
        } else if (part.rate.get(0) instanceof Setup.OfAll all) {
          List<RateModel> inside = models.subList(i, i += all.members().size());
          each.add(new AllOfModel(inside, all.weights()).peek(now, 1).toDecision());
        } else {
          each.add(models.get(i++).peek(now, 1).toDecision());
        }
      }
      return each;
    }

    private void require(boolean holds, String complaint) {
      if (!holds) {
        throw new AssertionError(complaint);
      }
    }
  }
}
