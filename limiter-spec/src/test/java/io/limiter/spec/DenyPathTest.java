package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.vm.VM;
import org.openjdk.jol.vm.VirtualMachine;

/**
 * Whatever a denied call asks by, all that is reachable from the limiter is afterwards what it was
 * before, field by field and element by element.
 *
 * <p>This sees a write of another value. One of the value that is there already, or one that is taken
 * back, leaves the same picture, though other callers lose the cache line to it: for that the writes
 * themselves would have to be counted, which nothing here does.
 */
class DenyPathTest {
  private static final Rate RATE = Rate.perSecond(3);

  private final ManualClock clock = ManualClock.startingAt(-5);

  /** All that is reachable from an object: the values of each field, or the elements. */
  private static final class Picture {
    private static final VirtualMachine VM_NOW = VM.current();

    private final Map<Object, Map<String, Object>> objects = new IdentityHashMap<>();

    /** By {@code root} and without its clock, which is the test's. */
    static Picture of(Object root) {
      Picture picture = new Picture();
      Deque<Object> found = new ArrayDeque<>(List.of(root));
      while (!found.isEmpty()) {
        Object each = found.pop();
        if (!isOutside(each) && !picture.objects.containsKey(each)) {
          Map<String, Object> values = values(each);
          picture.objects.put(each, values);
          values.values().stream().filter(Ref.class::isInstance).forEach(ref -> {
            if (((Ref) ref).object != null) {
              found.push(((Ref) ref).object);
            }
          });
        }
      }
      return picture;
    }

    /** The machinery of the JDK, which keeps counts and times of its own. */
    private static boolean isOutside(Object object) {
      String type = object.getClass().getName();
      return object instanceof NanoClock
          || object instanceof Class
          || object instanceof Thread
          || type.startsWith("java.lang.invoke.")
          || type.startsWith("java.lang.ref.");
    }

    private static Map<String, Object> values(Object object) {
      Map<String, Object> values = new LinkedHashMap<>();
      Class<?> type = object.getClass();
      if (type.isArray()) {
        for (int i = 0; i < Array.getLength(object); i++) {
          Object element = Array.get(object, i);
          values.put(
              "[" + i + "]", type.getComponentType().isPrimitive() ? element : new Ref(element));
        }
        return values;
      }
      for (Class<?> each = type; each != null; each = each.getSuperclass()) {
        for (Field field : each.getDeclaredFields()) {
          boolean ours = each.getName().startsWith("io.limiter");
          if (ours || !Modifier.isStatic(field.getModifiers())) {
            values.put(each.getSimpleName() + "." + field.getName(), value(object, field));
          }
        }
      }
      return values;
    }

    /** Fields of the JDK are not opened to reflection. */
    private static Object value(Object object, Field field) {
      if (Modifier.isStatic(field.getModifiers())) {
        try {
          field.setAccessible(true);
          Object value = field.get(null);
          return field.getType().isPrimitive() ? value : new Ref(value);
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
      long at = VM_NOW.fieldOffset(field);
      return switch (field.getType().getName()) {
        case "boolean" -> VM_NOW.getBoolean(object, at);
        case "byte" -> VM_NOW.getByte(object, at);
        case "short" -> VM_NOW.getShort(object, at);
        case "char" -> VM_NOW.getChar(object, at);
        case "int" -> VM_NOW.getInt(object, at);
        case "float" -> VM_NOW.getFloat(object, at);
        case "long" -> VM_NOW.getLong(object, at);
        case "double" -> VM_NOW.getDouble(object, at);
        default -> new Ref(VM_NOW.getObject(object, at));
      };
    }

    /** What is not as it was then. */
    List<String> since(Picture before) {
      List<String> changes = new ArrayList<>();
      before.objects.forEach((object, values) -> {
        Map<String, Object> now = objects.getOrDefault(object, values);
        values.forEach((name, value) -> {
          if (!value.equals(now.get(name))) {
            String of = object.getClass().getSimpleName() + " " + name;
            changes.add(of + " was " + value + ", is " + now.get(name));
          }
        });
      });
      return changes;
    }

    /** The very object. */
    private record Ref(Object object) {
      @Override
      public boolean equals(Object other) {
        return other instanceof Ref ref && ref.object == object;
      }

      @Override
      public int hashCode() {
        return System.identityHashCode(object);
      }

      @Override
      public String toString() {
        return object == null ? "null" : object.getClass().getSimpleName();
      }
    }
  }

  /** What admits writes: a picture that does not show it would prove nothing. */
  private static void assertSeen(Object limiter, BooleanSupplier call) {
    Picture before = Picture.of(limiter);
    assertTrue(call.getAsBoolean());
    assertFalse(Picture.of(limiter).since(before).isEmpty(), () -> "unseen in " + limiter);
  }

  private static void assertDeniesWithoutWriting(
      Object limiter, Map<String, BooleanSupplier> calls) {
    assertDeniesWithoutWriting(limiter, calls, "nothing");
  }

  /** Each call says whether it was admitted. Nothing changes, but for what {@code but} names. */
  private static void assertDeniesWithoutWriting(
      Object limiter, Map<String, BooleanSupplier> calls, String but) {
    for (Map.Entry<String, BooleanSupplier> call : calls.entrySet()) {
      Picture before = Picture.of(limiter);
      for (int i = 0; i < 3; i++) {
        assertFalse(call.getValue().getAsBoolean(), () -> call.getKey() + " of " + limiter);
      }
      List<String> changes = Picture.of(limiter).since(before);
      changes.removeIf(change -> change.startsWith(but));
      assertEquals(List.of(), changes, () -> call.getKey() + " of " + limiter);
    }
  }

  /** Takes all; then asks at the reading and at older ones for what may, and may never, come. */
  private void assertDeniesWithoutWriting(RateLimiter limiter, long burst) {
    assertSeen(limiter, () -> limiter.tryAcquire(burst));
    Map<String, BooleanSupplier> calls = new LinkedHashMap<>();
    for (long permits : new long[] {1, 2, burst, burst + 1, Long.MAX_VALUE}) {
      calls.put("tryAcquire(" + permits + ")", () -> limiter.tryAcquire(permits));
      calls.put("decide(" + permits + ")", () -> limiter.decide(permits).admitted());
      calls.put("peek(" + permits + ")", () -> limiter.peek(permits).admitted());
      for (long back : new long[] {0, 1, 1_000_000_000, 1L << 40}) {
        long then = clock.nanoTime() - back;
        String at = "At(" + back + " ns ago, " + permits + ")";
        calls.put("tryAcquire" + at, () -> limiter.tryAcquireAt(then, permits));
        calls.put("decide" + at, () -> limiter.decideAt(then, permits).admitted());
        calls.put("peek" + at, () -> limiter.peekAt(then, permits).admitted());
      }
    }
    assertDeniesWithoutWriting(limiter, calls);
  }

  @Test
  void deniedCallsOfARateLimiter_writeNothing() {
    assertDeniesWithoutWriting(Gcra.create(RATE, 5, clock), 5);
    assertDeniesWithoutWriting(TokenBucket.create(RATE, 5, clock), 5);
    assertDeniesWithoutWriting(TokenBucket.stepwise(RATE, 5, clock), 5);
    assertDeniesWithoutWriting(SlidingLog.create(List.of(RATE, Rate.perMinute(5)), clock), 3);
  }

  @Test
  void deniedCallsOfAStripedLimiter_writeNothing() {
    assertDeniesWithoutWriting(Gcra.create(RATE, 500, clock).striped(), 500);
    for (RateLimiter limiter : List.of(
        Gcra.create(RATE, 500, clock).striped(),
        TokenBucket.create(RATE, 500, clock).striped(),
        TokenBucket.stepwise(RATE, 500, clock).striped())) {
      for (int i = 0; i < 499; i++) {
        assertTrue(limiter.tryAcquire()); // of which leases are made
      }
      assertDeniesWithoutWriting(limiter, 1);
    }
  }

  @Test
  void deniedCallsOfSeveralLimiters_writeNothing() {
    assertDeniesWithoutWriting(
        AllOf.of(
            List.of(
                Gcra.create(RATE, 9, clock),
                TokenBucket.create(RATE, 5, clock),
                SlidingLog.create(RATE, clock)),
            1,
            1,
            1),
        3);
  }

  @Test
  void deniedCallsOfAConcurrencyLimiter_writeNothing() {
    for (ConcurrencyLimiter limiter :
        List.of(ConcurrencyLimiter.create(4), ConcurrencyLimiter.create(4).striped())) {
      assertSeen(limiter, () -> limiter.tryAcquire(4));
      assertDeniesWithoutWriting(
          limiter,
          Map.of(
              "tryAcquire()", limiter::tryAcquire,
              "tryAcquire(5)", () -> limiter.tryAcquire(5),
              "tryEnter()", () -> limiter.tryEnter().granted(),
              "tryEnter(2)", () -> limiter.tryEnter(2).granted(),
              "available()", () -> limiter.available() > 0));
    }
  }

  /** Denied by the rate, and by the concurrency behind it. */
  @Test
  void deniedCallsOfAGate_writeNothing() {
    ConcurrencyLimiter free = ConcurrencyLimiter.create(9);
    ConcurrencyLimiter full = ConcurrencyLimiter.create(3);
    for (Gate gate : List.of(
        Gate.builder(clock).rate(Gcra.create(RATE, clock)).concurrency(free).build(),
        Gate.builder(clock).rate(Gcra.create(RATE, 9, clock)).concurrency(full).build())) {
      assertSeen(gate, () -> gate.tryEnter(3).granted());
      long now = clock.nanoTime();
      assertDeniesWithoutWriting(
          gate,
          Map.of(
              "tryEnter()", () -> gate.tryEnter().granted(),
              "tryEnter(2)", () -> gate.tryEnter(2).granted(),
              "tryEnter(10)", () -> gate.tryEnter(10).granted(),
              "tryEnterAt(1 s ago)",
                  () -> gate.tryEnterAt(now - 1_000_000_000, 1).granted(),
              "tryEnterEach(1, 1)", () -> gate.tryEnterEach(1, 1).granted(),
              "peek(1)", () -> gate.peek(1).admitted()));
    }
  }

  @Test
  void deniedCallsOfAKnownKey_writeNothing() {
    assertKnownKeyDeniesWithoutWriting("3/second", "nothing");
    assertKnownKeyDeniesWithoutWriting("3/second, 100/hour", "nothing");
  }

  /**
   * Where a key has an object of its own, a call counts itself in and out, denied or not: so far the
   * promise does not hold for it. All else of the object is as it was.
   */
  @Test
  void deniedCallsOfAKeyWithAnObject_writeNoMoreThanThatTheyCame() {
    assertKnownKeyDeniesWithoutWriting("3/second sliding-log", "KeyEntry KeyEntry.state ");
    assertKnownKeyDeniesWithoutWriting("3/second, 3 concurrent", "KeyEntry KeyEntry.state ");
  }

  private void assertKnownKeyDeniesWithoutWriting(String rules, String but) {
    Limits limits = Limits.parse(rules);
    KeyedLimiter<String> keyed =
        KeyedLimiter.<String>builder(limits, clock).maxKeys(8).build();
    LongKeyedLimiter longs = LongKeyedLimiter.builder(limits, clock).maxKeys(8).build();
    assertSeen(keyed, () -> keyed.tryEnter("key", 3).granted());
    assertSeen(longs, () -> longs.tryEnter(7, 3).granted());
    long before = clock.nanoTime() - 1_000_000_000;
    Map<String, BooleanSupplier> calls = new LinkedHashMap<>();
    calls.put("tryEnter", () -> keyed.tryEnter("key").granted());
    calls.put("tryEnterAt", () -> keyed.tryEnterAt(before, "key", 1).granted());
    Map<String, BooleanSupplier> ofLongs = new LinkedHashMap<>();
    ofLongs.put("tryEnter", () -> longs.tryEnter(7).granted());
    ofLongs.put("tryEnterAt", () -> longs.tryEnterAt(before, 7, 1).granted());
    for (long permits : new long[] {1, 4}) {
      if (limits.concurrency().isEmpty()) {
        calls.put("tryAcquire", () -> keyed.tryAcquire("key", permits));
        calls.put("tryAcquireAt", () -> keyed.tryAcquireAt(before, "key", permits));
        calls.put("decide", () -> keyed.decide("key", permits).admitted());
        calls.put("decideAt", () -> keyed.decideAt(before, "key", permits).admitted());
        ofLongs.put("tryAcquire", () -> longs.tryAcquire(7, permits));
        ofLongs.put("tryAcquireAt", () -> longs.tryAcquireAt(before, 7, permits));
        ofLongs.put("decide", () -> longs.decide(7, permits).admitted());
        ofLongs.put("decideAt", () -> longs.decideAt(before, 7, permits).admitted());
      }
      calls.put("peek", () -> keyed.peek("key", permits).admitted());
      calls.put("peekAt", () -> keyed.peekAt(before, "key", permits).admitted());
      ofLongs.put("peek", () -> longs.peek(7, permits).admitted());
      ofLongs.put("peekAt", () -> longs.peekAt(before, 7, permits).admitted());
      assertDeniesWithoutWriting(keyed, calls, but);
      assertDeniesWithoutWriting(longs, ofLongs, but);
    }
  }

  /** A right limiter, but for a note of what it denied. */
  private abstract static class Noting extends WrongLimiter {
    Noting(NanoClock clock) {
      super(RATE, RATE.permits(), clock);
    }

    abstract void note(long nanoTime);

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      boolean admitted = super.tryAcquireAt(nanoTime, permits);
      if (!admitted) {
        note(nanoTime);
      }
      return admitted;
    }
  }

  @Test
  void refusalsThatWrite_areCaught() {
    Function<NanoClock, RateLimiter> inAField = clock -> new Noting(clock) {
      private long lastDenied;

      @Override
      void note(long nanoTime) {
        lastDenied = nanoTime;
      }
    };
    Function<NanoClock, RateLimiter> inAnArray = clock -> new Noting(clock) {
      private final long[] denied = new long[2];

      @Override
      void note(long nanoTime) {
        denied[1]++;
      }
    };
    Function<NanoClock, RateLimiter> inTheJdk = clock -> new Noting(clock) {
      private final LongAdder denied = new LongAdder();

      @Override
      void note(long nanoTime) {
        denied.increment();
      }
    };
    for (Function<NanoClock, RateLimiter> wrong : List.of(inAField, inAnArray, inTheJdk)) {
      RateLimiter limiter = wrong.apply(clock);
      AssertionError caught =
          assertThrows(AssertionError.class, () -> assertDeniesWithoutWriting(limiter, 3));
      assertTrue(caught.getMessage().contains(" was "), caught.getMessage());
    }
  }
}
