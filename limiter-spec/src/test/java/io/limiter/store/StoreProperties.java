package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The pairs decide, give back and change as exact rationals do, for every rate. */
class StoreProperties {
  @Property
  void pairsDecideAsExactRationals(@ForAll long seed) {
    assertEquals(Optional.empty(), new StoreTimeline(seed, new PureEngine()).run());
  }

  /** What the store forgets, the model does not. */
  @Property
  void scriptInJavaDecidesAsExactRationals(@ForAll long seed) {
    assertEquals(Optional.empty(), new StoreTimeline(seed, new LocalEngine()).run());
  }

  /**
   * Tails were named by the version at which they began. Versions begin anew once the key was forgotten, so a
   * receipt from before met a later tail of the same name and gave back what had long drained.
   */
  @Example
  void receiptFromBeforeTheKeyWasForgottenGivesNothingBack() {
    assertEquals(Optional.empty(), new StoreTimeline(1_640_578, new PureEngine()).run());
  }
}
