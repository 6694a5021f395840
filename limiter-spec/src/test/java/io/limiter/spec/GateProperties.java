package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.spec.Gates.Entered;
import io.limiter.spec.Gates.Factory;
import io.limiter.spec.Gates.Script;
import io.limiter.spec.Gates.Subject;
import io.limiter.spec.Trials.Trial;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@link Gate} keeps the guarantees, and each of them catches wrong gates. */
class GateProperties {

  private static Entered entered(Permit permit) {
    return new Entered(permit.decision(), permit::close);
  }

  static Gate gate(List<Object> members, List<Long> weights, NanoClock clock) {
    Gate.Builder builder = Gate.builder(clock);
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i) instanceof RateLimiter rate) {
        builder.rate(rate, weights.get(i));
      } else {
        builder.concurrency((ConcurrencyLimiter) members.get(i), weights.get(i));
      }
    }
    return builder.build();
  }

  private static Subject honest(List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock);
  }

  @Provide
  Arbitrary<Script> scripts() {
    return Gates.scripts();
  }

  @Property
  void decidesAsTheModelDoes(@ForAll @From("scripts") Script script) {
    Gates.decidesAsTheModelDoes(script, GateProperties::honest);
  }

  @Property
  void deniedCallsLeaveEveryMemberAsItWas(@ForAll @From("scripts") Script script) {
    Gates.deniedCallsLeaveEveryMemberAsItWas(script, GateProperties::honest);
  }

  /** The gate itself: wrong gates replace a step of it. */
  private static class Wrong implements Subject {
    final List<Object> members;
    final List<Long> weights;
    final Gate gate;

    Wrong(List<Object> members, List<Long> weights, NanoClock clock) {
      this.members = members;
      this.weights = weights;
      this.gate = gate(members, weights, clock);
    }

    @Override
    public Entered tryEnter(long permits) {
      return entered(gate.tryEnter(permits));
    }

    @Override
    public Entered tryEnterEach(long... permits) {
      return entered(gate.tryEnterEach(permits));
    }

    @Override
    public Decision peek(long permits) {
      return gate.peek(permits);
    }

    /** Takes from the i-th member, as code does that knows nothing of the others. */
    boolean take(int i, long permits) {
      return members.get(i) instanceof RateLimiter rate
          ? rate.tryAcquire(permits * weights.get(i))
          : ((ConcurrencyLimiter) members.get(i)).tryAcquire(permits * weights.get(i));
    }

    boolean isRate(int i) {
      return members.get(i) instanceof RateLimiter;
    }
  }

  /** Charges the rates before it knows whether a concurrency limiter denies. */
  private static Subject chargesRatesBeforeADeniedConcurrency(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnter(long permits) {
        Decision said = peek(permits);
        for (int i = 0; i < members.size() && !said.admitted(); i++) {
          if (!isRate(i) || !take(i, permits)) {
            return new Entered(said, () -> {});
          }
        }
        return super.tryEnter(permits);
      }
    };
  }

  /** Takes concurrency first, and keeps it when a rate denies. */
  private static Subject forgetsToReleaseOnRateDenial(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnter(long permits) {
        Decision said = peek(permits);
        for (int i = 0; i < members.size() && !said.admitted(); i++) {
          if (!isRate(i)) {
            take(i, permits);
          }
        }
        return super.tryEnter(permits);
      }
    };
  }

  private static Subject tellsAWaitWhereConcurrencyDenied(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnter(long permits) {
        Entered right = super.tryEnter(permits);
        Decision d = right.decision();
        return d.retryAfterNanos() < Decision.NEVER
            ? right
            : new Entered(
                new Decision(false, d.remaining(), 1, d.resetAfterNanos(), d.deniedBy()),
                right.close());
      }
    };
  }

  private static Subject closingGivesRatesBackToo(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnter(long permits) {
        Entered right = super.tryEnter(permits);
        boolean[] open = {right.decision().admitted()};
        return new Entered(right.decision(), () -> {
          right.close().run();
          for (int i = 0; i < members.size() && open[0]; i++) {
            if (members.get(i) instanceof RateLimiter rate) {
              rate.refund(permits * weights.get(i));
            }
          }
          open[0] = false;
        });
      }
    };
  }

  private static Subject closingTwiceReleasesTwice(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnter(long permits) {
        Entered right = super.tryEnter(permits);
        boolean[] first = {true};
        return new Entered(right.decision(), () -> {
          right.close().run();
          for (int i = 0; i < members.size() && right.decision().admitted() && !first[0]; i++) {
            if (members.get(i) instanceof ConcurrencyLimiter limiter && limiter.inFlight() > 0) {
              limiter.release();
            }
          }
          first[0] = false;
        });
      }
    };
  }

  private static Subject entersEachByTheWeightsOfTheGate(
      List<Object> members, List<Long> weights, NanoClock clock) {
    return new Wrong(members, weights, clock) {
      @Override
      public Entered tryEnterEach(long... permits) {
        return tryEnter(1);
      }
    };
  }

  @Example
  void everyGuaranteeOfGateCatchesItsMutants() {
    Arbitrary<Script> scripts = Gates.scripts();
    List<Trial<Script, Factory>> trials = List.of(
        trial("decidesAsTheModelDoes", scripts, Gates::decidesAsTheModelDoes),
        trial(
            "deniedCallsLeaveEveryMemberAsItWas",
            scripts,
            Gates::deniedCallsLeaveEveryMemberAsItWas));
    Map<String, Map<String, Factory>> mutants = Map.of(
        "decidesAsTheModelDoes",
        Map.of(
            "tellsAWaitWhereConcurrencyDenied", GateProperties::tellsAWaitWhereConcurrencyDenied,
            "closingGivesRatesBackToo", GateProperties::closingGivesRatesBackToo,
            "closingTwiceReleasesTwice", GateProperties::closingTwiceReleasesTwice,
            "entersEachByTheWeightsOfTheGate", GateProperties::entersEachByTheWeightsOfTheGate),
        "deniedCallsLeaveEveryMemberAsItWas",
        Map.of(
            "chargesRatesBeforeADeniedConcurrency",
            GateProperties::chargesRatesBeforeADeniedConcurrency,
            "forgetsToReleaseOnRateDenial",
            GateProperties::forgetsToReleaseOnRateDenial));
    assertCaught(trials, GateProperties::honest, mutants);
  }
}
