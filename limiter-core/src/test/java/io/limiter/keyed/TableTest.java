package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.GcraMath;
import io.limiter.rule.Limits;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What each kind of table promises to {@link Segments}. */
class TableTest {
  /** Limits of so many words. */
  private static final String[] RATES = {
    "1/second sliding-log", "1/second", "1/second, 2/minute", "1/second, 2/minute, 3/hour"
  };

  private static Table.Shape shape(
      int length,
      int limit,
      int spare,
      int segmentBits,
      boolean hasEntries,
      boolean hinted,
      int rates) {
    long[] origins = new long[rates];
    long[] floors = new long[rates];
    for (int i = 0; i < rates; i++) {
      origins[i] = 100 + i;
      floors[i] = 200 + i;
    }
    KeyTerms all = KeyTerms.of(Limits.parse(RATES[rates]), 0);
    return new Table.Shape(
        length,
        limit,
        spare,
        segmentBits,
        true,
        hasEntries,
        false,
        false,
        hinted,
        all,
        new Table.ChangedKey(null, 0, null),
        0,
        origins,
        floors);
  }

  private static List<Table> both(int length, int limit, int rates) {
    return List.of(
        new ObjectTable(shape(length, limit, 0, 0, rates == 0, false, rates)),
        new LongTable(shape(length, limit, LongTable.SPARE, 0, rates == 0, false, rates)));
  }

  @Test
  void words_ofKeysThatAreNotHere_areTheFloors() {
    for (int rates = 1; rates <= 3; rates++) {
      for (Table table : both(10, 8, rates)) {
        assertEquals(table.slots() * rates, table.words.length);
        for (int at = 0; at < table.words.length; at++) {
          assertEquals(200 + at % rates, table.word(at));
        }
        for (int i = 0; i < rates; i++) {
          assertEquals(100 + i, table.origin(i));
        }
      }
    }
  }

  @Test
  void claim_keys_areFoundUntilTheLimit() {
    SplittableRandom random = new SplittableRandom(3);
    for (Table table : both(40, 30, 1)) {
      long[] hashes = random.longs(30).toArray();
      int[] slots = new int[30];
      for (int i = 0; i < 30; i++) {
        assertEquals(i, table.size());
        assertEquals(Table.ABSENT, table.find(hashes[i], hashes[i]));
        slots[i] = table.claim(hashes[i], hashes[i]);
        assertTrue(table.holds(slots[i]));
        assertEquals(hashes[i], table.key(slots[i]));
        if (i < 29) { // where there is room, a key that is here is found, and counted once
          assertEquals(slots[i], table.claim(hashes[i], hashes[i]));
        }
      }
      assertEquals(30, table.size());
      assertEquals(Table.FULL, table.claim(5L, 5L));
      assertEquals(30, table.size());
      for (int i = 0; i < 30; i++) {
        assertEquals(slots[i], table.find(hashes[i], hashes[i]));
      }
    }
  }

  @Test
  void freeze_table_makesAllFinal() {
    for (int rates = 0; rates <= 2; rates++) {
      for (Table table : both(10, 8, rates)) {
        long hash = 1L << 40;
        int slot = table.claim(hash, hash);
        for (int times = 0; times < 2; times++) {
          table.freeze();
          assertEquals(slot, table.find(hash, hash));
          assertEquals(slot, table.claim(hash, hash));
          assertEquals(Table.SEALED, table.find(77L, 77L));
          assertEquals(Table.SEALED, table.claim(77L, 77L));
          assertEquals(1, table.size());
          for (int at = 0; at < table.words.length; at++) {
            assertTrue(Table.isFrozen(table.word(at)));
            assertEquals(200 + at % rates, Table.thawed(table.word(at)));
          }
          assertSame(KeyEntry.NONE, table.entry(slot));
        }
        for (int other = 0; other < table.length; other++) {
          assertEquals(other == slot, table.holds(other));
        }
      }
    }
  }

  @Test
  void isFrozen_largestTat_isNot() {
    assertFalse(Table.isFrozen(GcraMath.MAX_TAT));
    assertTrue(Table.isFrozen(GcraMath.FRESH + Table.FROZEN));
  }

  @Test
  void casWord_thatIsAnother_saysSo() {
    for (Table table : both(10, 8, 1)) {
      assertFalse(table.casWord(3, 1, 2));
      assertTrue(table.casWord(3, 200, 2));
      assertEquals(2, table.word(3));
    }
  }

  @Test
  void home_hashesOfASegment_areSpreadInOrder() {
    SplittableRandom random = new SplittableRandom(4);
    for (int segmentBits : new int[] {0, 1, 7, 16}) {
      Table table = new LongTable(shape(1_000, 900, LongTable.SPARE, segmentBits, false, false, 1));
      BitSet homes = new BitSet();
      long high = random.nextLong() << 1 << 63 - segmentBits;
      long[] hashes = new long[5_000];
      for (int i = 0; i < hashes.length; i++) {
        hashes[i] = high | random.nextLong() >>> segmentBits;
        homes.set(table.home(hashes[i]));
      }
      assertTrue(homes.cardinality() > 950, "homes: " + homes.cardinality()); // 993 expected
      assertTrue(homes.length() <= 1_000);
      long lowest = high;
      long highest = high | -1L >>> segmentBits;
      assertEquals(0, table.home(lowest));
      assertEquals(999, table.home(highest));
    }
  }

  @Test
  void longs_hashesThatSayEmptyOrSealed_areAlwaysHere() {
    LongTable table = new LongTable(shape(10, 8, LongTable.SPARE, 0, false, false, 1));
    for (int hash = 0; hash < 2; hash++) {
      assertEquals(10 + hash, table.find(null, hash));
      assertTrue(table.holds(10 + hash));
      assertEquals((long) hash, table.key(10 + hash));
    }
    for (long hash : new long[] {Long.MIN_VALUE, 2, 3}) {
      assertEquals(Table.ABSENT, table.find(null, hash));
      int slot = table.claim(null, hash);
      assertTrue(slot < 10 && table.holds(slot));
      assertEquals(slot, table.find(null, hash));
    }
    assertEquals(3, table.size());
  }

  @Test
  void copy_keys_areFoundAndHinted() {
    Hashing hashing = new Hashing(5, 6);
    ObjectTable from = new ObjectTable(shape(20, 16, 0, 0, false, true, 1));
    Table to = from.create(shape(40, 30, 0, 0, false, true, 1));
    for (int key = 0; key < 16; key++) {
      int slot = to.copy(from, from.claim(key, hashing.of(key)), hashing::of);
      assertEquals(key, to.key(slot));
      assertEquals(slot, to.find(key, hashing.of(key)));
      assertEquals(slot, to.hint(key));
    }
  }

  @Test
  void mayHaveRoom_afterALook_whenTheTimeHasComeOrPermitsWereGivenBack() {
    for (Table table : both(10, 8, 1)) {
      long now = Long.MAX_VALUE - 5;
      assertTrue(table.mayHaveRoom(now));
      table.noRoomBefore(now + 10, table.refunds());
      assertFalse(table.mayHaveRoom(now));
      assertFalse(table.mayHaveRoom(now + 9));
      assertTrue(table.mayHaveRoom(now + 10));
      int before = table.refunds();
      table.countRefund();
      assertNotEquals(before, table.refunds());
      assertTrue(table.mayHaveRoom(now));
      table.noRoomBefore(now + 10, before); // a look that began before
      assertTrue(table.mayHaveRoom(now));
      table.noRoomBefore(now + 10, table.refunds());
      assertFalse(table.mayHaveRoom(now));
    }
  }
}
