package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The pairs decide, give back and change as exact rationals do, for every rate. */
class StoreProperties {
  @Property
  void pairsDecideAsExactRationals(@ForAll long seed) {
    assertEquals(Optional.empty(), new StoreTimeline(seed, new PureEngine()).run());
  }
}
