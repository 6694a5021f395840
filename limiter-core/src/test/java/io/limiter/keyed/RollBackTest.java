package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A call that did its work on the first of two rates finds the second one frozen. */
class RollBackTest {
  private static final long HASH = 7; // of all keys
  private static final Limits OTHER = Limits.parse("5/hour");

  private final ManualClock time = ManualClock.create();
  private Runnable stall = () -> {};

  /** A thread that takes a charge back reads the clock after the word: there it stalls. */
  private final NanoClock stalling = () -> {
    Runnable now = stall;
    stall = () -> {};
    now.run();
    return time.nanoTime();
  };

  private final Limits limits = Limits.parse("2/hour, 9/day");
  private final Store store = new Store(Settings.of(limits, stalling), key -> HASH, false, null);

  private long remaining(Object key) {
    return store.peek(key, HASH, time.nanoTime(), 1).remaining();
  }

  /** Another thread freezes the table, and has come as far as the second rate of {@code key}. */
  private Table freezeSecondRate(Object key) {
    Table table = store.table(HASH);
    int at = 2 * table.find(key, HASH) + 1;
    assertTrue(table.casWord(at, table.word(at), table.word(at) + Table.FROZEN));
    return table;
  }

  /** Calls for a permit of {@code key} between whose two charges another thread freezes the table. */
  private void callThatIsRolledBack(Object key, Runnable meanwhile) {
    Table table = freezeSecondRate(key);
    int slot = table.find(key, HASH);
    stall = meanwhile;
    Words words = table.shape.all().words();
    int verdict = words.chargeFrom(0, table, slot, key, HASH, time.nanoTime(), 1, store);
    assertEquals(Words.MOVED, verdict);
  }

  private void known(Object key) {
    assertTrue(store.tryAcquire(key, HASH, time.nanoTime(), 1));
  }

  @Test
  void tableIsReplacedMeanwhile_noChargeIsLeft() {
    known("a");
    Table before = store.table(HASH);
    callThatIsRolledBack("a", store::forgetFresh);
    assertNotSame(before, store.table(HASH));
    assertEquals(1, remaining("a"));
  }

  /** Found by a race: the forgetting of another key left the charge behind. */
  @Test
  void anotherKeyOfTheSameHash_isForgottenMeanwhile_noChargeIsLeft() {
    known("a");
    known("b");
    callThatIsRolledBack("a", () -> store.forget("b", HASH));
    assertEquals(1, remaining("a"));
  }

  /** What was charged is no part of what the key is now. */
  @Test
  void keyItself_isForgottenAndUsedMeanwhile_nothingIsMinted() {
    known("a");
    callThatIsRolledBack("a", () -> {
      store.forget("a", HASH);
      store.forgetFresh();
      known("a");
    });
    assertEquals(1, remaining("a"));
  }

  /** The charge has become a part of a level. */
  @Test
  void keyItself_isOverriddenMeanwhile_theChargeStays() {
    for (Object equal : List.of("a", new String("a"))) {
      known(equal);
      callThatIsRolledBack("a", () -> {
        store.override(equal, HASH, OTHER);
        store.clearOverride(equal, HASH);
      });
      assertEquals(0, remaining("a"));
      store.forget("a", HASH);
    }
  }

  /** At the rate of its own it was fresh soon: a charge from before would be minted. */
  @Test
  void keyItself_isFreshUnderLimitsOfItsOwnMeanwhile_nothingIsMinted() {
    known("a");
    callThatIsRolledBack("a", () -> {
      store.override("a", HASH, Limits.parse("9/second"));
      time.advance(Duration.ofSeconds(1));
      store.clearOverride("a", HASH);
      store.forgetFresh();
      known("a");
    });
    assertEquals(1, remaining("a"));
  }

  @Test
  void refundThatMeetsAFrozenSecondRate_givesBackOnce() {
    assertTrue(store.tryAcquire("a", HASH, time.nanoTime(), 2));
    freezeSecondRate("a");
    assertTrue(store.refund("a", HASH, time.nanoTime(), 1));
    assertEquals(1, remaining("a"));
  }

  /** A key that can be compared with itself alone. */
  private static final class Foe {
    @Override
    public boolean equals(Object other) {
      if (other != this) {
        throw new IllegalStateException("equals");
      }
      return true;
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  @Test
  void keyOfTheSameHashWhoseEqualsThrows_isOverriddenMeanwhile_harmsOnlyItsOwnCalls() {
    Object foe = new Foe();
    store.override(foe, HASH, OTHER);
    known("a");
    callThatIsRolledBack("a", () -> store.override(foe, HASH, OTHER));
    assertEquals(1, remaining("a"));
  }
}
