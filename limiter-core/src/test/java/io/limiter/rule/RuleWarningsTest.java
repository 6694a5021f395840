package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RuleWarningsTest {

  private static void binds(String text) {
    assertEquals(List.of(), Limits.parse(text).warnings(), text);
  }

  private static void neverBinds(String rule, String stricter, String text) {
    assertEquals(
        List.of("'" + rule + "' never binds: '" + stricter + "' is always stricter"),
        Limits.parse(text).warnings(),
        text);
  }

  @Test
  void warnings_windowOverAWindow_countsTheWindowsThatItMeets() {
    String minute = "10/minute sliding-log";
    neverBinds("20/2 minutes sliding-log", minute, minute + ", 20/2 minutes sliding-log");
    binds(minute + ", 19/2 minutes sliding-log");
    neverBinds("30/121 seconds sliding-log", minute, minute + ", 30/121 seconds sliding-log");
    binds(minute + ", 29/121 seconds sliding-log");
    neverBinds("10/59 seconds sliding-log", minute, minute + ", 10/59 seconds sliding-log");
    binds(minute + ", 9/59 seconds sliding-log");
  }

  @Test
  void warnings_windowOverAFixedWindow_countsOneMore() {
    String minute = "10/minute fixed-window";
    neverBinds("30/2 minutes sliding-log", minute, minute + ", 30/2 minutes sliding-log");
    binds(minute + ", 29/2 minutes sliding-log");
  }

  @Test
  void warnings_rateOverAFixedWindow_hasToAdmitTwoWindowsAtOnce() {
    String minute = "10/minute fixed-window";
    neverBinds("20/2 minutes burst 20", minute, minute + ", 20/2 minutes burst 20");
    binds(minute + ", 20/2 minutes burst 19");
    binds(minute + ", 19/2 minutes burst 20");
  }

  @Test
  void warnings_windowOverARate_countsItsBurstBesides() {
    String minute = "10/minute burst 5";
    neverBinds("25/2 minutes sliding-log", minute, minute + ", 25/2 minutes sliding-log");
    binds(minute + ", 24/2 minutes sliding-log");
  }

  @Test
  void warnings_burstOfTheNextLongerRule_isReached() {
    String second = "10/second burst 20";
    neverBinds("1000/minute burst 20", second, second + ", 1000/minute burst 20");
  }

  @Test
  void hashCode_rulesThatDiffer_differ() {
    assertEquals(
        false, Limits.parse("1/second").hashCode() == Limits.parse("2/second").hashCode());
  }
}
