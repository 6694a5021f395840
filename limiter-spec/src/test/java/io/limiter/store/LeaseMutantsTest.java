package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.store.LeaseTimeline.Wrong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@link LeaseProperties} can fail: it does so for leases that are wrong in one way each. */
class LeaseMutantsTest {
  private static final int TRIES = 1000;

  @TestFactory
  Stream<DynamicTest> mutants_each_areCaught() {
    return Stream.of(Wrong.values())
        .filter(wrong -> wrong != Wrong.NOTHING)
        .map(wrong -> DynamicTest.dynamicTest(
            wrong.toString(), () -> assertTrue(isCaught(wrong), "not caught")));
  }

  private static boolean isCaught(Wrong wrong) {
    return LongStream.range(0, TRIES)
        .anyMatch(seed -> new LeaseTimeline(seed, wrong).run().isPresent());
  }
}
