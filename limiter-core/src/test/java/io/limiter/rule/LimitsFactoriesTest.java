package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.rule.Limits.Algorithm;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Limits that are not glued together as text. */
class LimitsFactoriesTest {

  @Test
  void valueOf_text_isParse() {
    assertEquals(Limits.parse("480/minute"), Limits.valueOf("480/minute"));
    assertThrows(RuleSyntaxException.class, () -> Limits.valueOf("480 a fortnight"));
  }

  @Test
  void of_rates_isOneRuleEach() {
    assertEquals(
        Limits.parse("480/minute, 4800/hour"), Limits.of(Rate.perMinute(480), Rate.perHour(4_800)));
    assertEquals("7/1500 ms", Limits.of(Rate.ofNanos(7, 1_500_000_000L)).canonical());
    assertThrows(IllegalArgumentException.class, Limits::of);
    assertThrows(IllegalArgumentException.class, () -> Limits.of(Rate.perHour(1), Rate.perHour(2)));
  }

  @Test
  void of_rateBurstAndAlgorithm_isTheirRule() {
    Rate rate = Rate.perSecond(5);
    assertEquals(
        "5/second burst 20 token-bucket",
        Limits.of(rate, 20, Algorithm.TOKEN_BUCKET).canonical());
    assertEquals(
        "5/second sliding-log", Limits.of(rate, 5, Algorithm.SLIDING_LOG).canonical());
    assertThrows(IllegalArgumentException.class, () -> Limits.of(rate, 6, Algorithm.SLIDING_LOG));
    assertThrows(IllegalArgumentException.class, () -> Limits.of(rate, 5, Algorithm.CONCURRENCY));
    assertThrows(IllegalArgumentException.class, () -> Limits.of(rate, 0, Algorithm.GCRA));
  }

  @Test
  void and_moreRules_joinsThem() {
    Limits limits = Limits.of(Rate.perMinute(480)).and(Limits.concurrent(5));
    assertEquals(Limits.parse("480/minute, 5 concurrent"), limits);
    Limits unlimited = Limits.parse("unlimited");
    Limits blocked = Limits.parse("blocked");
    assertSame(limits, limits.and(unlimited));
    assertSame(limits, unlimited.and(limits));
    assertSame(blocked, blocked.and(limits));
    assertSame(blocked, limits.and(blocked));
    assertSame(blocked, unlimited.and(blocked));
    assertThrows(IllegalArgumentException.class, () -> limits.and(limits));
    assertThrows(IllegalArgumentException.class, () -> Limits.concurrent(0));
    assertThrows(IllegalArgumentException.class, () -> Limits.concurrent(1L << 31));
  }

  @Test
  void newLimiters_withoutAClock_readThatOfTheSystem() {
    assertSame(NanoClock.system(), Limits.parse("3/second").newRateLimiter().clock());
    assertSame(NanoClock.system(), Limits.parse("3 concurrent").newGate().clock());
  }

  @Test
  void parseAll_map_keepsNamesAndOrder() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("search", "3/second");
    texts.put("api", "480/minute, 4800/hour");
    Map<String, Limits> limits = Limits.parseAll(texts);
    assertEquals(List.of("search", "api"), List.copyOf(limits.keySet()));
    assertEquals(Limits.parse("3/second"), limits.get("search"));
    assertThrows(UnsupportedOperationException.class, limits::clear);
  }

  @Test
  void parseAll_severalErrors_tellsAllAtOnce() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("search", "3/fortnight");
    texts.put("api", "480/minute");
    texts.put("a\r\n" + "x".repeat(100), "many");
    InvalidLimitsException e =
        assertThrows(InvalidLimitsException.class, () -> Limits.parseAll(texts));
    assertEquals(2, e.errors().size());
    assertEquals(3, e.errors().get("search").column());
    List<String> lines = e.getMessage().lines().toList();
    assertEquals(3, lines.size(), e.getMessage());
    assertEquals("2 rule texts are wrong:", lines.get(0));
    assertTrue(lines.get(1).startsWith("search: bad rate rule at column 3: "), lines.get(1));
    assertTrue(lines.get(2).startsWith("a??" + "x".repeat(57) + "...: bad rate"), lines.get(2));
  }

  @Test
  void parseAll_manyErrors_messageHasABound() {
    Map<String, String> texts = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      texts.put("name " + i, "?".repeat(1_000));
    }
    InvalidLimitsException e =
        assertThrows(InvalidLimitsException.class, () -> Limits.parseAll(texts));
    assertEquals(1_000, e.errors().size());
    assertEquals(22, e.getMessage().lines().count());
    assertTrue(e.getMessage().endsWith("\nand 980 more"));
    assertTrue(e.getMessage().length() < 10_000);
  }

  @Test
  void parseAll_properties_takesThoseWithThePrefix() throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader("limits.b = 3/second\nlimits.a=5 concurrent\nport=80\n"));
    Map<String, Limits> limits = Limits.parseAll(properties, "limits.");
    assertEquals(List.of("a", "b"), List.copyOf(limits.keySet()));
    properties.setProperty("limits.c", "");
    assertEquals(
        "c",
        assertThrows(InvalidLimitsException.class, () -> Limits.parseAll(properties, "limits."))
            .errors()
            .keySet()
            .iterator()
            .next());
  }
}
