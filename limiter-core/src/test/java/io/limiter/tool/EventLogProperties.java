package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.openjdk.jol.info.GraphLayout;

class EventLogProperties {
  private static final int BOUND = 40; // bytes for an event

  private record Event(long nanos, int key, long permits) {}

  private static List<Event> random(long seed, int size, int times) {
    Random random = new Random(seed);
    return IntStream.range(0, size)
        .mapToObj(i -> new Event(
            random.nextInt(times) * (random.nextBoolean() ? 1L << 32 : -1L),
            i,
            random.nextInt(50) == 0 ? 1 + random.nextInt(1 << 20) : 1))
        .collect(Collectors.toList());
  }

  private static List<Event> sorted(List<Event> events) {
    EventLog log = new EventLog();
    events.forEach(event -> log.add(event.nanos(), event.key(), event.permits()));
    assertEquals(events.size(), log.size());
    log.sort();
    return IntStream.range(0, log.size())
        .map(log::ranked)
        .mapToObj(i -> new Event(log.nanos(i), log.key(i), log.permits(i)))
        .toList();
  }

  /** Few times, so that many events share one: keys are the places in the log. */
  @Property(tries = 300)
  void sortIsStable(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 400) int size,
      @ForAll @IntRange(min = 1, max = 60) int times) {
    List<Event> events = random(seed, size, times);
    List<Event> found = sorted(events);
    events.sort(Comparator.comparingLong(Event::nanos));
    assertEquals(events, found);
  }

  /** A sort that turns ties around is caught by the property above. */
  @Example
  void sortThatIsNotStableDiffers() {
    List<Event> events = random(1, 100, 10);
    List<Event> found = sorted(events);
    Collections.reverse(events);
    events.sort(Comparator.comparingLong(Event::nanos));
    assertNotEquals(events, found);
  }

  @Example
  void manyChunksAreSorted() {
    List<Event> events = random(2, 100_000, 5_000);
    List<Event> found = sorted(events);
    events.sort(Comparator.comparingLong(Event::nanos));
    assertTrue(events.equals(found), "too long to show");
  }

  /** What is kept, and what the sort needs besides while it runs. */
  @Example
  void anEventCostsLessThanTheBound() {
    int size = 1_000_000;
    EventLog log = new EventLog();
    for (int i = 0; i < size; i++) {
      log.add(i ^ 5, i & 1_023, 2); // out of order, and none asks for one permit
    }
    log.sort();
    long bytes = GraphLayout.parseInstance(log).totalSize() + Integer.BYTES * (size / 2);
    assertTrue(bytes <= (long) BOUND * size, () -> bytes + " bytes for " + size + " events");
  }
}
