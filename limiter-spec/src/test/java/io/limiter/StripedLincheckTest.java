package io.limiter;

import io.limiter.spec.Scenarios;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lease against spend against call-back, on two stripes and a clock that stands still: whatever the
 * threads do, afterwards every permit was admitted or is there, once, and no stripe holds more than
 * its lease. A call may be denied while a lease is in hand, so the calls themselves answer nothing
 * here. In the package of the limiter, for its steps.
 */
@Tag("lincheck")
class StripedLincheckTest {
  private static final int STRIPES = 2;
  private static final int LEASE = 4;
  private static final int BURST = 32;
  private static final int LEFT = 12; // in the shared word, when the stripes have run dry
  private static final int WRONG = -1;

  /** Two stripes that have run dry. */
  public static class Dry {
    private final Gcra gcra = Gcra.create(Rate.perDay(1), BURST, ManualClock.create());
    private final StripedLimiter striped = new StripedLimiter(gcra, STRIPES, LEASE);
    private final AtomicInteger admitted = new AtomicInteger();

    public Dry() {
      Striping.stripe(gcra, 0, STRIPES, LEASE);
      Striping.stripes(gcra).fetch(0, 0, BURST - LEFT - STRIPES * LEASE); // the stripes are full
      admitted.set(BURST - LEFT);
      for (int i = 0; i < LEASE; i++) {
        striped.tryAcquireAt(0, 0, 1);
        striped.tryAcquireAt(1, 0, 1);
      }
    }

    private void tryAcquire(int at, int permits) {
      if (striped.tryAcquireAt(at, 0, permits)) {
        admitted.addAndGet(permits);
      }
    }

    @Operation
    public void one() {
      tryAcquire(0, 1);
    }

    @Operation
    public void other() {
      tryAcquire(1, 1);
    }

    @Operation
    public void three() {
      tryAcquire(0, 3);
    }

    @Operation
    public void refund() {
      if (striped.refundAt(0, 1)) {
        admitted.addAndGet(-1);
      }
    }

    @Operation
    public void callBack() {
      Striping.callBack(gcra);
    }

    @Operation
    public void stripe() {
      Striping.stripe(gcra, 0, STRIPES, LEASE);
    }

    @Operation
    public void reconfigure() {
      striped.reconfigure(Rate.perDay(1), BURST);
    }

    /** All permits; {@link #WRONG} if a stripe holds too many. */
    @Operation
    public long audit() {
      Stripes stripes = Striping.stripes(gcra);
      return stripes != null && stripes.fullest() > LEASE
          ? WRONG
          : striped.peekAt(0, 1).remaining() + admitted.get();
    }
  }

  /** {@link RacyStripes}, with what {@link Dry} does. */
  public abstract static class Racy {
    private final RacyStripes stripes;
    private final AtomicInteger admitted = new AtomicInteger(BURST - LEFT);

    Racy(RacyStripes.Defect defect) {
      stripes = new RacyStripes(defect, LEFT, STRIPES, LEASE);
    }

    private void tryAcquire(int at, int permits) {
      if (stripes.tryAcquire(at, permits)) {
        admitted.addAndGet(permits);
      }
    }

    @Operation
    public void one() {
      tryAcquire(0, 1);
    }

    @Operation
    public void other() {
      tryAcquire(1, 1);
    }

    @Operation
    public void three() {
      tryAcquire(0, 3);
    }

    @Operation
    public void callBack() {
      stripes.callBack();
    }

    @Operation
    public long audit() {
      int left = stripes.audit();
      return left < 0 ? WRONG : left + admitted.get();
    }
  }

  /** Not a canary: the model of the canaries is right where it forgets nothing. */
  public static class NoDefect extends Racy {
    public NoDefect() {
      super(RacyStripes.Defect.NONE);
    }
  }

  /** Canary. */
  public static class TwoLeases extends Racy {
    public TwoLeases() {
      super(RacyStripes.Defect.TWO_LEASES);
    }
  }

  /** Canary. */
  public static class ForgetsMarked extends Racy {
    public ForgetsMarked() {
      super(RacyStripes.Defect.FORGETS_MARKED);
    }
  }

  /** Canary. */
  public static class DoesNotFreeze extends Racy {
    public DoesNotFreeze() {
      super(RacyStripes.Defect.DOES_NOT_FREEZE);
    }
  }

  /** Canary. */
  public static class DropsHand extends Racy {
    public DropsHand() {
      super(RacyStripes.Defect.DROPS_HAND);
    }
  }

  /** Every permit was admitted or is there. */
  public static class Audited {
    public void one() {}

    public void other() {}

    public void three() {}

    public void refund() {}

    public void callBack() {}

    public void stripe() {}

    public void reconfigure() {}

    public long audit() {
      return BURST;
    }
  }

  private static Actor actor(Class<?> operations, String name) {
    try {
      return new Actor(operations.getMethod(name), List.of());
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  /** Each string names the operations of one thread; an audit follows. */
  private static ModelCheckingOptions directed(Class<?> operations, String[]... scenarios) {
    ModelCheckingOptions options = Scenarios.directed(Audited.class).checkObstructionFreedom(true);
    for (String[] threads : scenarios) {
      List<List<Actor>> parallel = new ArrayList<>();
      for (String thread : threads) {
        List<Actor> actors = new ArrayList<>();
        for (String name : thread.split(" ")) {
          actors.add(actor(operations, name));
        }
        parallel.add(actors);
      }
      options.addCustomScenario(
          new ExecutionScenario(List.of(), parallel, List.of(actor(operations, "audit")), null));
    }
    return options;
  }

  private static final String[][] BASIC = {
    {"one", "one"},
    {"one one", "callBack"},
    {"one", "one", "callBack"},
    {"one", "other", "callBack"},
    {"three three three", "callBack"}
  };

  @Test
  void leases_areNeitherMintedNorLeaked_byModelChecking() {
    directed(Dry.class, BASIC).check(Dry.class);
  }

  @Test
  void leases_givenBackAndChanged_areNeitherMintedNorLeaked() {
    directed(
            Dry.class,
            new String[] {"one callBack", "refund stripe"},
            new String[] {"one refund", "callBack stripe"},
            new String[] {"three", "one", "callBack"},
            new String[] {"one one", "callBack stripe one"},
            new String[] {"three other", "other three"},
            new String[] {"callBack stripe", "callBack one"},
            new String[] {"one", "reconfigure"})
        .check(Dry.class);
  }

  @Test
  void theModelOfTheCanaries_isRight() {
    directed(NoDefect.class, BASIC).check(NoDefect.class);
  }

  @Test
  void twoLeasesForOneStripe_areCaught() {
    Scenarios.assertCaught(directed(TwoLeases.class, BASIC), TwoLeases.class);
  }

  @Test
  void callBackThatForgetsAMarkedStripe_isCaught() {
    Scenarios.assertCaught(directed(ForgetsMarked.class, BASIC), ForgetsMarked.class);
  }

  @Test
  void callBackThatDoesNotFreeze_isCaught() {
    Scenarios.assertCaught(directed(DoesNotFreeze.class, BASIC), DoesNotFreeze.class);
  }

  @Test
  void leaseInHandThatIsDropped_isCaught() {
    Scenarios.assertCaught(directed(DropsHand.class, BASIC), DropsHand.class);
  }
}
