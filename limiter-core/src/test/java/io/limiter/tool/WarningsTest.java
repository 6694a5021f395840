package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class WarningsTest {
  private static List<String> warnings(String log, String... arguments) {
    return ToolRun.of(log, arguments)
        .err()
        .lines()
        .filter(line -> line.startsWith("limiter: warning: "))
        .map(line -> line.substring("limiter: warning: ".length()))
        .toList();
  }

  @Test
  void oneKey_mayBeABalancer() {
    assertEquals(
        List.of(
            "all requests have one client, 10.0.0.1: is that the address of a balancer? Name the field"
                + " that holds the client with --key FIELD, or the number of proxies with --proxies N"),
        warnings("0 10.0.0.1\n5 10.0.0.1\n", "replay", "1/second", "-"));
    assertEquals(List.of(), warnings("0 a\n5 a\n", "replay", "1/second", "-", "--by", "all"));
    String clf = " - ann [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 5\n";
    String later = clf.replace("05:03", "07:03");
    assertEquals(
        List.of(), warnings("x" + clf + "x" + later, "replay", "1/second", "-", "--by", "path"));
  }

  @Test
  void everyRequestItsOwnKey_mayBeAPort() {
    assertEquals(
        List.of(
            "every request has a client of its own: is there a port or a number of the request in it?"
                + " Name another field with --key FIELD, or group with --by"),
        warnings("0 a\n3 b\n5 c\n", "replay", "1/second", "-"));
  }

  @Test
  void equalTimes_mayBeTheWrongField() {
    assertEquals(
        List.of("all times are equal: is there a more precise one? Name it with --time FIELD"),
        warnings("0 a\n0 b\n0 a\n", "replay", "1/second", "-"));
  }

  @Test
  void shortLog_isNotEnoughForAPeriod() {
    assertEquals(
        List.of("the log spans 5 s, less than the longest period of 1/second, 9/minute:"
            + " a longer log may have more denied"),
        warnings("0 a\n0 b\n5 a\n", "replay", "1/s, 9/minute", "-"));
    assertEquals(
        List.of(
            "the log spans 5 s, less than a minute: the limits per minute and hour and day count the whole log"),
        warnings("0 a\n0 b\n5 a\n", "suggest", "-"));
    assertEquals(List.of(), warnings("0 a\n0 b\n60 a\n", "replay", "1/s, 9/minute", "-"));
    assertEquals(List.of(), warnings("0 a\n0 b\n5 a\n", "suggest", "-", "--per", "second"));
  }

  @Test
  void rulesThatCanHardlyBeMeant_areTold() {
    assertEquals(
        1,
        warnings("0 a\n0 b\n99999 a\n", "replay", "10/minute; 1000/hour", "-").size());
  }

  @Test
  void oneEvent_isNoSign() {
    assertEquals(List.of(), warnings("0 a\n", "replay", "1/second", "-"));
    assertEquals(List.of(), warnings("", "replay", "1/second", "-"));
  }
}
