package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Leased permits keep the guarantee of the one word that they come from. */
class LeaseProperties {
  @Property
  void leasesNeverAdmitMoreThanBurstPlusRate(@ForAll long seed) {
    assertEquals(Optional.empty(), new LeaseTimeline(seed, LeaseTimeline.Wrong.NOTHING).run());
  }
}
