package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AddressTest {
  private static String normalized(Address address, String text) {
    byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
    Field field = new Field();
    field.set(bytes, 1, bytes.length - 1);
    address.normalize(field);
    return field.text();
  }

  @Test
  void ports_areTakenOff() {
    Address address = new Address(0, 32, 128);
    assertEquals("192.0.2.1", normalized(address, "192.0.2.1:51234"));
    assertEquals("192.0.2.1", normalized(address, "192.0.2.1"));
    assertEquals("2001:db8::1", normalized(address, "[2001:db8::1]:51234"));
    assertEquals("2001:db8::1", normalized(address, "[2001:db8::1]"));
    assertEquals("2001:db8::1", normalized(address, "2001:db8::1"));
    assertEquals("host.example", normalized(address, "host.example:80"));
    assertEquals("a:b", normalized(address, "a:b"));
    assertEquals("[x", normalized(address, "[x"));
    assertEquals("", normalized(address, ""));
  }

  @Test
  void lists_haveTheirFirstOrTheNthFromTheRight() {
    String list = "192.0.2.1, 198.51.100.2:80 ,203.0.113.3";
    assertEquals("192.0.2.1", normalized(new Address(0, 32, 128), list));
    assertEquals("203.0.113.3", normalized(new Address(1, 32, 128), list));
    assertEquals("198.51.100.2", normalized(new Address(2, 32, 128), list));
    assertEquals("192.0.2.1", normalized(new Address(3, 32, 128), list));
    assertEquals("192.0.2.1", normalized(new Address(9, 32, 128), list));
    assertEquals("", normalized(new Address(1, 32, 128), "192.0.2.1,"));
  }

  @Test
  void networks_areWrittenAsTheRfcSays() {
    Address address = new Address(0, 24, 64);
    assertEquals("192.0.2.0/24", normalized(address, "192.0.2.77"));
    assertEquals("192.0.2.0/24", normalized(address, "::ffff:192.0.2.77"));
    assertEquals("2001:db8:1:2::/64", normalized(address, "2001:DB8:1:2:3:4:5:6"));
    assertEquals("2001:db8::/64", normalized(address, "[2001:db8::1]:443"));
    assertEquals("::/64", normalized(address, "::1"));
    assertEquals("1:0:0:2::/64", normalized(address, "1:0:0:2:0:0:0:9"));
    assertEquals("fe80::1:2:3", normalized(new Address(0, 24, 128), "fe80::1:2:3"));
    for (String none : new String[] {
      "host",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "12345::",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
      "1:2:3:4:5:6:7:8:9",
      "::g",
      "1.2.3.",
      "1..2.3"
    }) {
      assertEquals(none, normalized(address, none), none);
    }
  }

  /** Networks of random addresses, by the JDK's own notion of an address. */
  @Property
  void networksAreThePrefix(
      @ForAll @Size(16) byte[] octets,
      @ForAll @IntRange(min = 1, max = 128) int bits,
      @ForAll @IntRange(min = 0, max = 0xffff) int zeros)
      throws UnknownHostException {
    octets[0] |= 0x20; // not an IPv4 address in IPv6
    for (int i = 0; i < 16; i++) {
      octets[i] = (zeros >> i & 1) == 1 && i > 0 ? 0 : octets[i];
    }
    String text = InetAddress.getByAddress(octets).getHostAddress();
    String found = normalized(new Address(0, 32, bits), text);
    for (int i = 0; i < 128; i++) {
      if (i >= bits) {
        octets[i / 8] &= (byte) ~(0x80 >> i % 8);
      }
    }
    String network = bits == 128 ? found : found.substring(0, found.indexOf('/'));
    assertEquals(
        Arrays.toString(octets), Arrays.toString(InetAddress.getByName(network).getAddress()));
  }
}
