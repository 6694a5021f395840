package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.openjdk.jol.info.GraphLayout;

class EventStoreProperties {
  private record Event(int key, long nanos, long permits) {}

  private static List<Event> random(long seed, int size, int times, int keys, boolean weighted) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      long nanos = random.nextInt(times) * (random.nextBoolean() ? 1L << 32 : -(1L << 30));
      events.add(new Event(random.nextInt(keys), nanos, weighted ? i + 1 : 1));
    }
    return events;
  }

  /** The events of a store that holds so many in memory, twice. */
  private static List<Event> stored(List<Event> events, int inMemory, int keys) {
    List<Event> found = new ArrayList<>();
    try (EventStore store = new EventStore(inMemory)) {
      for (Event event : events) {
        store.add(event.nanos(), event.key(), event.permits(), keys);
      }
      store.sort(keys);
      assertEquals(events.size(), store.size());
      for (int i = 0; i < 2; i++) {
        found.clear();
        store.forEach(new KeyedEvents() {
          private int key = -1;

          @Override
          public void begin(int newKey) {
            assertEquals(-1, key, "the key before was not ended");
            key = newKey;
          }

          @Override
          public void event(long nanos, long permits) {
            found.add(new Event(key, nanos, permits));
          }

          @Override
          public void end() {
            key = -1;
          }
        });
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return found;
  }

  /** In memory, in a few files, and in so many that files are merged; few times, so many are equal. */
  @Property(tries = 200)
  void eventsComeByKeyThenByTimeThenAsInTheLog(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 600) int size,
      @ForAll @IntRange(min = 1, max = 60) int times,
      @ForAll @IntRange(min = 1, max = 40) int keys,
      @ForAll @IntRange(min = 1, max = 700) int inMemory,
      @ForAll boolean weighted) {
    List<Event> events = random(seed, size, times, keys, weighted);
    List<Event> found = stored(events, inMemory, keys);
    events.sort(Comparator.comparingInt(Event::key).thenComparingLong(Event::nanos)); // stable
    assertEquals(events, found);
  }

  @Example
  void manyMoreEventsThanMemoryHoldsAreMerged() {
    List<Event> events = random(3, 400_000, 5_000, 300, true);
    List<Event> found = stored(events, 5_000, 300); // 80 runs, so they are merged once
    events.sort(Comparator.comparingInt(Event::key).thenComparingLong(Event::nanos));
    assertTrue(events.equals(found), "too long to show");
  }

  /** An order that turns ties around is caught by the property above. */
  @Example
  void orderThatIsNotStableDiffers() {
    List<Event> events = random(1, 100, 5, 3, true);
    List<Event> found = stored(events, 1_000, 3);
    events.sort(Comparator.comparingInt(Event::key)
        .thenComparingLong(Event::nanos)
        .thenComparing(Comparator.comparingLong(Event::permits).reversed()));
    assertNotEquals(events, found);
  }

  /** What a store keeps in memory does not grow with the log. */
  @Example
  void memoryIsThatOfOneRun() throws IOException {
    int inMemory = 20_000;
    try (EventStore store = new EventStore(inMemory)) {
      long bytes = 0;
      for (int i = 0; i < 40 * inMemory; i++) {
        store.add(i ^ 5, i & 1_023, 2, 1_024);
        if (i % inMemory == inMemory - 1) {
          bytes = Math.max(bytes, GraphLayout.parseInstance(store).totalSize());
        }
      }
      assertTrue(bytes < 60L * inMemory, bytes + " bytes for runs of " + inMemory);
    }
  }
}
