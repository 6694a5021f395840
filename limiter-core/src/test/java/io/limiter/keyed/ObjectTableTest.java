package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ObjectTableTest {
  private static final int KEYS = 1_000;
  private static final Hashing HASHING = new Hashing(3, 4);

  private static ObjectTable table() {
    return changed(0);
  }

  /** With so many changes before it: hashes 1, 2 and so on. */
  private static ObjectTable changed(int changes) {
    long[] hashes = new long[1 + Table.CHANGES];
    hashes[0] = changes;
    for (int n = 1; n <= changes; n++) {
      hashes[Table.changeAt(n)] = n;
    }
    return new ObjectTable(new Table.Shape(
        1_440, 1_200, 0, 0, true, 0, false, true, hashes, 0, new long[1], new long[1]));
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
  void isChangedSince_changes_areThoseBetween() {
    for (int before = 0; before < 3 * Table.CHANGES; before++) {
      for (int after = before; after <= before + Table.CHANGES; after++) {
        ObjectTable table = changed(after);
        for (int hash = 1; hash < 4 * Table.CHANGES; hash++) {
          boolean expected = before < hash && hash <= after;
          assertEquals(expected, table.isChangedSince(changed(before), hash));
        }
      }
      assertTrue(changed(before + Table.CHANGES + 1).isChangedSince(changed(before), -1));
    }
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
