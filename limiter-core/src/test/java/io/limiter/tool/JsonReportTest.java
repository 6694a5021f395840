package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonReportTest {
  private static final String LOG = "0 a\n0 a\n0 b 3\n5 a\n?\n90000 c\n";

  private static Map<?, ?> schema() throws IOException {
    try (InputStream in = Main.class.getResourceAsStream("answer.schema.json")) {
      return (Map<?, ?>) JsonSchema.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Map<?, ?> answer(String log, String... arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("--log", "-", "--format", "json"));
    ToolRun run = ToolRun.of(log, words.toArray(String[]::new));
    assertEquals(1, run.out().lines().count(), run.err());
    return (Map<?, ?>) JsonSchema.parse(run.out());
  }

  @Test
  void answers_all_fitTheSchema() throws IOException {
    String evil = "0 \u009b31m\u202e\"\\\u0007\ud83d\ude00\n".repeat(3);
    for (String log : new String[] {LOG, evil, "", "garbage\n", "0 a\n", "0 a\n".repeat(200)}) {
      for (String[] command : new String[][] {
        {"replay", "1/second, 2/minute"},
        {"replay", "1/second", "2/hour sliding-log", "--retry", "once"},
        {"replay", "blocked", "--retry"},
        {"replay", "unlimited", "--by", "all"},
        {"suggest"},
        {"suggest", "--spare", "50", "--per", "day,hour", "--retry"},
      }) {
        assertEquals(List.of(), JsonSchema.problems(answer(log, command), schema()), log);
      }
    }
  }

  /** A schema that checks nothing would let these pass. */
  @Test
  void schema_wrongAnswers_areNoticed() throws IOException {
    Map<Object, Object> good = new HashMap<>(answer(LOG, "suggest"));
    for (Object name : List.copyOf(good.keySet())) {
      Map<Object, Object> without = new HashMap<>(good);
      without.remove(name);
      assertFalse(JsonSchema.problems(without, schema()).isEmpty(), "without " + name);
      Map<Object, Object> wrong = new HashMap<>(good);
      wrong.put(name, true);
      assertFalse(JsonSchema.problems(wrong, schema()).isEmpty(), "wrong " + name);
    }
    good.put("more", 1L);
    assertFalse(JsonSchema.problems(good, schema()).isEmpty());
  }

  @Test
  void answer_isTheWholeResult() {
    Map<?, ?> answer = answer(LOG, "replay", "1/second, 2/minute");
    assertEquals(5L, answer.get("events"));
    assertEquals(2L, answer.get("denied"));
    assertEquals(1L, answer.get("skipped"));
    Map<?, ?> rule = (Map<?, ?>) ((List<?>) answer.get("rules")).get(0);
    assertEquals("1/second, 2/minute", rule.get("rule"));
    assertEquals(
        "[{rule=1/second, denied=2}, {rule=2/minute, denied=0}]",
        rule.get("denied_by").toString());
    assertTrue(rule.get("first_denials").toString().contains("permits=3, retry_after_ns=null"));
    long spans = 0;
    for (Object span : (List<?>) ((Map<?, ?>) rule.get("timeline")).get("spans")) {
      spans += (Long) ((Map<?, ?>) span).get("admitted") + (Long) ((Map<?, ?>) span).get("denied");
    }
    assertEquals(5, spans);
    assertEquals(16, ((List<?>) answer.get("percentiles")).size());
    assertEquals(BurstCurve.LADDER.size(), ((List<?>) answer.get("curve")).size());
    assertFalse(((List<?>) answer.get("suggestions")).isEmpty());
    assertTrue(answer.get("log").toString().contains("unreadable=[{where=line 5, text=?, reason="));
  }

  @Test
  void warnings_areInTheAnswerAndOnStandardError() {
    Map<?, ?> answer = answer("0 a\n1 a\n", "replay", "1/hour");
    assertEquals(2, ((List<?>) answer.get("warnings")).size());
  }
}
