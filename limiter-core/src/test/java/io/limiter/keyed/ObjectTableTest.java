package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ObjectTableTest {
  private static final int KEYS = 1_000;
  private static final Hashing HASHING = new Hashing(3, 4);

  private static ObjectTable table() {
    KeyTerms all = KeyTerms.of(Limits.parse("1/second"), 0);
    Table.ChangedKey none = new Table.ChangedKey(null, 0, null);
    return new ObjectTable(new Table.Shape(
        1_440,
        1_200,
        0,
        0,
        true,
        false,
        false,
        false,
        true,
        all,
        none,
        0,
        new long[1],
        new long[1]));
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
  void hint_keyThatIsNotYetSeen_isNoAnswer() {
    ObjectTable table = table();
    table.claim("a", HASHING.of("a"));
    table.seal();
    assertEquals(table.find("a", HASHING.of("a")), table.hint("a"));
    assertEquals(Table.ABSENT, table.hint("b"));
    assertEquals(Table.SEALED, table.find("b", HASHING.of("b")));
  }
}
