package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.openjdk.jol.info.GraphLayout;

class KeyTableProperties {

  /** For any seed; keys are few letters, so that they repeat. */
  @Property(tries = 300)
  void numbersAreThoseOfFirstAppearance(
      @ForAll long seed,
      @ForAll @Size(max = 300) List<@AlphaChars @StringLength(max = 2) String> words) {
    KeyTable table = new KeyTable(seed);
    Map<String, Integer> expected = new HashMap<>();
    for (String word : words) {
      expected.putIfAbsent(word, expected.size());
      byte[] bytes = ("<" + word + ">").getBytes(StandardCharsets.UTF_8);
      assertEquals(expected.get(word), table.idOf(bytes, 1, bytes.length - 1));
      assertEquals(expected.size(), table.size());
    }
    expected.forEach(
        (word, id) -> assertArrayEquals(word.getBytes(StandardCharsets.UTF_8), table.key(id)));
  }

  /** Also while the table grows, and where a key is several times among those of one call. */
  @Property(tries = 300)
  void keysTogetherGetTheNumbersOfOneAfterTheOther(
      @ForAll long seed,
      @ForAll @Size(max = 300) List<@AlphaChars @StringLength(max = 20) String> words,
      @ForAll @IntRange(min = 1, max = 60) int together) {
    KeyTable table = new KeyTable(seed);
    KeyTable expected = new KeyTable(seed + 1);
    for (int from = 0; from < words.size(); from += together) {
      List<String> part = words.subList(from, Math.min(words.size(), from + together));
      int[] ends = new int[part.size()];
      int end = 0;
      for (int i = 0; i < ends.length; i++) {
        end += part.get(i).length();
        ends[i] = end;
      }
      int[] ids = new int[ends.length];
      table.idsOf(String.join("", part).getBytes(StandardCharsets.UTF_8), ends, ends.length, ids);
      for (int i = 0; i < ids.length; i++) {
        byte[] key = part.get(i).getBytes(StandardCharsets.UTF_8);
        assertEquals(expected.idOf(key, 0, key.length), ids[i]);
        assertArrayEquals(key, table.key(ids[i]));
      }
    }
    assertEquals(expected.size(), table.size());
  }

  /** Of every length, keys that differ in one byte are different keys. */
  @Example
  void everyByteOfAKeyCounts() {
    for (int length = 1; length <= 40; length++) {
      KeyTable table = new KeyTable(length);
      byte[] key = new byte[length];
      assertEquals(0, table.idOf(key, 0, length));
      for (int i = 0; i < length; i++) {
        key[i] = 1;
        assertEquals(i + 1, table.idOf(key, 0, length));
        assertEquals(i + 1, table.idOf(key, 0, length));
        key[i] = 0;
      }
    }
  }

  @Property
  void orderIsThatOfUnsignedBytes(@ForAll byte[] one, @ForAll byte[] other) {
    KeyTable table = new KeyTable();
    int a = table.idOf(one, 0, one.length);
    int b = table.idOf(other, 0, other.length);
    int expected = java.util.Arrays.compareUnsigned(one, other);
    assertEquals(Integer.signum(expected), Integer.signum(table.compare(a, b)));
  }

  @Example
  void longKeysAndManyKeysAreKept() {
    KeyTable table = new KeyTable();
    List<byte[]> keys = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      byte[] key = (i + "x".repeat(i % 1_000 == 0 ? 4_090 : i % 30)).getBytes();
      keys.add(key);
      assertEquals(i, table.idOf(key, 0, key.length));
    }
    for (int i = 0; i < keys.size(); i++) {
      assertEquals(i, table.idOf(keys.get(i), 0, keys.get(i).length));
      assertArrayEquals(keys.get(i), table.key(i));
    }
  }

  @Example
  void keysThatAreTooLongAreRefused() {
    KeyTable table = new KeyTable();
    byte[] key = new byte[KeyTable.MAX_KEY_BYTES + 1];
    assertThrows(IllegalArgumentException.class, () -> table.idOf(key, 0, key.length));
    assertEquals(0, table.idOf(key, 0, KeyTable.MAX_KEY_BYTES));
  }

  /** The table itself, without what is only reserved: at most 30 bytes for a key of 8. */
  @Example
  void aKeyCostsLittleMoreThanItsBytes() {
    KeyTable table = new KeyTable(7);
    for (int i = 0; i < 1_000_000; i++) {
      byte[] key = Integer.toString(10_000_000 + i).getBytes(StandardCharsets.US_ASCII);
      table.idOf(key, 0, key.length);
    }
    long bytes = GraphLayout.parseInstance(table).totalSize();
    assertTrue(bytes <= 30_000_000, bytes + " bytes");
  }

  /** Among so many keys some ten pairs have one hash of 32 bits. */
  @Example
  void keysWithOneHashAreTwoKeys() {
    KeyTable table = new KeyTable(7);
    for (int i = 0; i < 300_000; i++) {
      byte[] key = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
      assertEquals(i, table.idOf(key, 0, key.length));
    }
  }
}
