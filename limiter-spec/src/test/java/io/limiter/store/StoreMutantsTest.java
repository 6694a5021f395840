package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@link StoreProperties} can fail: it does so for each wrong store, within its usual tries. */
class StoreMutantsTest {
  private static final int TRIES = 1000;

  @TestFactory
  Stream<DynamicTest> mutants_each_areCaught() {
    return StoreMutants.all().entrySet().stream()
        .map(mutant -> DynamicTest.dynamicTest(
            mutant.getKey(), () -> assertTrue(isCaught(mutant.getValue()), "not caught")));
  }

  private static boolean isCaught(Supplier<StoreEngine> mutant) {
    return LongStream.range(0, TRIES)
        .anyMatch(seed -> new StoreTimeline(seed, mutant.get()).run().isPresent());
  }
}
