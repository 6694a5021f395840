package io.limiter.spec;

import static io.limiter.spec.UseScript.Verb.ACQUIRE_ASYNC;
import static io.limiter.spec.UseScript.Verb.AWAIT;
import static io.limiter.spec.UseScript.Verb.DECIDE;
import static io.limiter.spec.UseScript.Verb.DRAIN;
import static io.limiter.spec.UseScript.Verb.FORCE;
import static io.limiter.spec.UseScript.Verb.LEAVE;
import static io.limiter.spec.UseScript.Verb.PASS_TIME;
import static io.limiter.spec.UseScript.Verb.PENALIZE;
import static io.limiter.spec.UseScript.Verb.REFUND;
import static io.limiter.spec.UseScript.Verb.RESERVE_ASYNC;
import static io.limiter.spec.UseScript.Verb.TRY_ACQUIRE;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Callers in line at the door of a limiter, of any kind. */
class WaitingProperties {
  static final UseScript.Verb[] VERBS = {
    PASS_TIME,
    PASS_TIME,
    PASS_TIME,
    TRY_ACQUIRE,
    DECIDE,
    DRAIN,
    ACQUIRE_ASYNC,
    ACQUIRE_ASYNC,
    RESERVE_ASYNC,
    RESERVE_ASYNC,
    AWAIT,
    LEAVE,
    REFUND,
    FORCE,
    PENALIZE
  };

  @Provide
  Arbitrary<UseScript> single() {
    return UseScript.of(UseScript.single(), VERBS);
  }

  @Provide
  Arbitrary<UseScript> several() {
    return UseScript.of(UseScript.several(), VERBS);
  }

  @Property
  void callersInLineAreServedFirstComeFirstServed(@ForAll @From("single") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Property
  void callersInLineOfSeveral(@ForAll @From("several") UseScript script) {
    script.play(Kernel::limiter);
  }
}
