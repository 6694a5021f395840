package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ObjectTableTest {
  private static final int KEYS = 1_000;
  private static final Hashing HASHING = new Hashing(3, 4);

  private static ObjectTable table() {
    return table(new Table.ChangedKey(null, 0, null));
  }

  private static ObjectTable table(Table.ChangedKey latest) {
    return new ObjectTable(new Table.Shape(
        1_440, 1_200, 0, 0, true, 0, false, true, latest, 0, new long[1], new long[1]));
  }

  /** How many of the keys a hint leads to, once all are known; each to its own slot. */
  private static int hinted(Function<Integer, Object> key) {
    ObjectTable table = table();
    for (int i = 0; i < KEYS; i++) {
      assertEquals(Table.ABSENT, table.hint(key.apply(i)));
      table.claim(key.apply(i), HASHING.of(i));
    }
    int hinted = 0;
    for (int i = 0; i < KEYS; i++) {
      int slot = table.hint(key.apply(i));
      assertTrue(slot == Table.ABSENT || slot == table.find(key.apply(i), HASHING.of(i)));
      hinted += slot == Table.ABSENT ? 0 : 1;
    }
    return hinted;
  }

  @Test
  void hint_knownKeys_leadsToNearlyAll() {
    int hinted = hinted(i -> "key" + i);
    assertTrue(hinted > KEYS * 95 / 100, "hinted: " + hinted);
  }

  @Test
  void hint_keysOfOneHashCode_leadsToFour() {
    record Dull(int id) {
      @Override
      public int hashCode() {
        return 1;
      }
    }
    assertEquals(4, hinted(Dull::new));
  }

  @Test
  void isChangedSince_manyChanges_areThoseBetween() {
    int changes = 40;
    Table[] tables = new Table[changes + 1]; // the n-th after changes of the keys 1 to n
    tables[0] = table();
    for (int n = 1; n <= changes; n++) {
      tables[n - 1].freeze();
      tables[n] = table(new Table.ChangedKey("key" + n, 7, tables[n - 1].shape.changed()));
    }
    for (int before = 0; before <= changes; before++) {
      for (int after = before; after <= changes; after++) {
        for (int key = 1; key <= changes; key++) {
          boolean expected = before < key && key <= after;
          assertEquals(expected, tables[after].isChangedSince(tables[before], "key" + key, 7));
        }
      }
    }
  }

  @Test
  void isChangedSince_changeThatWasNotPublished_isNone() {
    Table first = table();
    first.freeze();
    Table rival = table(new Table.ChangedKey(null, 7, first.shape.changed()));
    Table second = table(new Table.ChangedKey(null, 8, first.shape.changed()));
    assertTrue(second.isChangedSince(first, null, 8));
    assertFalse(second.isChangedSince(first, null, 7));
    assertFalse(rival.isChangedSince(rival, null, 7));
  }

  @Test
  void hint_keyThatIsNotYetSeen_isNoAnswer() {
    ObjectTable table = table();
    table.claim("a", HASHING.of("a"));
    table.seal();
    assertEquals(table.find("a", HASHING.of("a")), table.hint("a"));
    assertEquals(Table.ABSENT, table.hint("b"));
    assertEquals(Table.SEALED, table.find("b", HASHING.of("b")));
  }
}
