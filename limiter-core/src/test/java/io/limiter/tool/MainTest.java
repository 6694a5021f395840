package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private static final String PLAIN = "limiter: seconds key [permits]; 0 of 3 lines unreadable\n";

  private String out = "";
  private String err = "";

  private int run(String input, String... arguments) {
    ToolRun run = ToolRun.of(input, arguments);
    out = run.out();
    err = run.err();
    return run.status();
  }

  private void assertWrong(String expected, String... arguments) {
    assertEquals(Main.WRONG_USAGE, run("1 a\n", arguments), err);
    assertEquals("", out);
    assertEquals("limiter: " + expected + "\n", err);
  }

  @Test
  void usage_help_isOnStandardOutputAndFitsAScreen() {
    for (String[] arguments : new String[][] {
      {"--help"},
      {"-h"},
      {"help"},
      {"suggest", "--help"},
      {"replay", "--help"},
      {"explain", "-h"},
      {"suggest", "-h"},
      {"replay", "-h"},
      {"explain", "--help"},
      {"explain", "3/second", "-h"}
    }) {
      assertEquals(Main.DONE, run("", arguments));
      assertTrue(out.startsWith("usage: java -jar limiter-core.jar "));
      assertEquals("", err);
      assertTrue(out.lines().count() <= 24, () -> out.lines().count() + " lines");
      out.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }
  }

  @Test
  void usage_nothing_isWrong() {
    assertEquals(Main.WRONG_USAGE, run(""));
    assertTrue(err.startsWith("usage: "));
    assertEquals("", out);
  }

  @Test
  void usage_wrong_saysTheFix() {
    assertWrong(
        "unknown command explian; write suggest, replay, explain or --help", "explian", "1/s");
    assertWrong("explain needs RULES, such as: explain \"3/second, 60/hour\"", "explain");
    assertWrong(
        "explain takes one argument; put quotes around rules with blanks:"
            + " explain \"3/second, 60/hour\"; to compare two texts: explain --compare A B",
        "explain",
        "3/second,",
        "60/hour");
    assertWrong(
        "explain --compare needs two rule texts, in quotes:"
            + " explain --compare \"60/minute\" \"1/second\"",
        "explain",
        "--compare",
        "1/s");
    assertWrong("replay needs RULES, such as: replay \"3/second, 60/hour\" LOG", "replay");
    assertWrong(
        "replay takes RULES and one LOG; put quotes around rules with blanks:"
            + " replay \"3/second burst 5\" a.log; name several logs with --log LOG...",
        "replay",
        "3/second",
        "burst",
        "5",
        "a.log");
    assertWrong(
        "3/second is a rule, not a log; to compare rules name the log with --log:"
            + " replay \"60/minute\" \"3/second\" --log LOG",
        "replay",
        "60/minute",
        "3/second");
    assertWrong(
        "60/minute is a rule; suggest finds rules. To see what this one would have denied:"
            + " replay \"60/minute\" LOG",
        "suggest",
        "60/minute");
  }

  @Test
  void options_wrong_sayTheFix() {
    assertEquals(Main.WRONG_USAGE, run("", "replay", "--per=client", "1/s"));
    assertTrue(err.startsWith("limiter: unknown option --per; replay has --log, --by, "), err);
    assertTrue(err.endsWith("; see replay --help\n"), err);
    assertWrong("--by ip: " + Grouping.CHOICES, "replay", "1/s", "-", "--by", "ip");
    for (String bad :
        new String[] {"client/0", "client/129", "client/x", "client/64/24", "client/1/2/3"}) {
      assertWrong("--by " + bad + ": " + Grouping.CHOICES, "suggest", "-", "--by", bad);
    }
    assertWrong("--format xml: write text, tsv, json or html", "replay", "--format=xml", "1/s");
    assertWrong(
        "--format needs a value: write text, tsv, json or html", "replay", "1/s", "--format");
    assertWrong("--format-in elf: " + FormatFinder.CHOICES, "suggest", "-", "--format-in", "elf");
    assertWrong(
        "--proxies 0: write the number of proxies that append to X-Forwarded-For, such as 1",
        "suggest",
        "--proxies=0",
        "-");
    assertWrong(
        "--since yesterday: write a time such as 2015-05-17, 2015-05-17T10:05:03Z or 1431857103",
        "suggest",
        "--since",
        "yesterday",
        "-");
    assertWrong(
        "--where status: write FIELD=VALUE, such as path=/api, status=4xx or method=POST",
        "suggest",
        "--where",
        "status",
        "-");
    for (String bad : new String[] {"0", "100.1", "", "99,", "x", "-1", "1e1"}) {
      assertWrong(
          "--spare " + bad + ": write percents of the clients, such as 99,99.9",
          "suggest",
          "--spare",
          bad,
          "-");
    }
    assertWrong(
        "--per week: write second, minute, hour or day, or several with commas",
        "suggest",
        "--per",
        "week",
        "-");
    assertWrong(
        "--retry=2: write once or until-admitted".replace("=", " "), "replay", "1/s", "--retry=2");
  }

  @Test
  void rules_bad_areShownWithACaret() {
    for (String command : new String[] {"explain", "replay"}) {
      assertEquals(Main.WRONG_USAGE, run("", command, "10/min\t, 5/fortnite"));
      String[] lines = err.split("\n");
      assertEquals(3, lines.length, err);
      assertEquals("  10/min , 5/fortnite", lines[1]);
      assertEquals("             ^", lines[2]);
      assertTrue(lines[0].startsWith("limiter: bad rate rule at column 12: "), lines[0]);
    }
  }

  @Test
  void rules_concurrent_areRefusedInAReplayWithTheFix() {
    assertWrong(
        "a log cannot be replayed with \"5 concurrent\": it holds no durations;"
            + " leave it out: \"10/minute\"",
        "replay",
        "10/minute, 5 concurrent",
        "-");
    assertWrong(
        "a log cannot be replayed with \"5 concurrent\": it holds no durations;"
            + " give it a rate, such as 3/second",
        "replay",
        "5 concurrent",
        "-");
    assertEquals(Main.DONE, run("", "explain", "5 concurrent"));
  }

  @Test
  void log_thatIsNotThere_saysWhatToWrite(@TempDir Path directory) {
    assertWrong(
        directory + " is a directory without files; name a log", "replay", "1/s", "" + directory);
    String missing = directory.resolve("no.log").toString();
    String fix = "; name a log, a directory of logs, or - for standard input";
    assertWrong("there is no file " + missing + fix, "replay", "1/s", missing);
    assertWrong("there is no file a\\x00b" + fix, "replay", "1/s", "a\0b");
    assertWrong("there is no file " + missing + fix, "suggest", missing);
  }

  @Test
  void log_file_isReplayed(@TempDir Path directory) throws IOException {
    Path log = Files.writeString(directory.resolve("-odd name"), "1 a\n1 a\n2 b\n");
    assertEquals(Main.DONE, run("", "replay", "--format=tsv", "1/s", "--", log.toString()));
    assertTrue(out.startsWith("events\t3\nadmitted\t2\ndenied\t1\n"));
    assertEquals(PLAIN, err);
  }

  @Test
  void log_noneGiven_isTheSample() {
    assertEquals(Main.DONE, run("", "replay", "3/second, 60/hour"));
    assertTrue(out.startsWith("3/second, 60/hour, one limiter per client\n"
        + "log: the built-in sample; name a LOG to replay your own\n"));
    assertTrue(out.contains("203.0.113.5  retry after 333.334 ms  (3/second)\n"));
    assertEquals("", err);
    assertEquals(Main.DONE, run("", "suggest"));
    assertTrue(out.startsWith("log: the built-in sample"));
  }

  @Test
  void log_nothingReadable_isStatusOne() {
    assertEquals(Main.NOTHING_READABLE, run("what\nis\nthis\nlog\n", "replay", "1/s", "-"));
    assertEquals("", out);
    assertEquals("""
        limiter: nothing readable in standard input: see --help for the logs that are known, \
        or describe the lines with --pattern
        limiter: 4 lines skipped; the first of them:
          line 1: not a line of any log known; describe it with --pattern
            what
          line 2: not a line of any log known; describe it with --pattern
            is
          line 3: not a line of any log known; describe it with --pattern
            this
        """, err);
    assertEquals(Main.NOTHING_READABLE, run("1 a\n", "replay", "1/s", "-", "--format-in", "csv"));
    assertTrue(
        err.contains("standard input as --format-in csv; leave that out to have it found"), err);
    for (String format : new String[] {"text", "tsv", "json", "html"}) {
      assertEquals(Main.NOTHING_READABLE, run("", "replay", "1/s", "-", "--format", format));
      assertEquals(Main.NOTHING_READABLE, run("", "suggest", "-", "--format", format));
    }
    assertEquals(
        Main.NOTHING_READABLE, run("1 a\n", "replay", "1/s", "-", "--since", "2", "--format=tsv"));
    assertTrue(out.startsWith("events\t0\n"));
    assertTrue(err.contains("--where, --since and --until leave nothing of 1 events"), err);
  }

  @Test
  void text_smallLog_isForPeople() {
    assertEquals(
        Main.DONE,
        run("10.5 a\n0 a\n0 b 3\n0 a\n?\n", "replay", "1/second fixed-window, 9/minute", "-"));
    assertEquals("""
        1/second fixed-window, 9/minute, one limiter per client
        log: standard input
        fixed windows start at the first event

        events                 4
        admitted               2   50.0 %
        denied                 2   50.0 %
        clients                2
        clients denied         2
        lines skipped          1
          line 5: not: seconds key [permits]
            ?

        timeline (seconds of the log, 500 ms a line)   = admitted   x denied
        """, out.substring(0, out.indexOf("  0 ")));
    assertTrue(out.endsWith("""
        denied by each rule (the one with the longest wait)
          1/second fixed-window                2
          9/minute                             0

        worst offenders (denied of events)
          a         1 of 3  (33.3 %)
          b         1 of 1  (100.0 %)

        first denials
          0  a  retry after 1 s  (1/second fixed-window)
          0  b, 3 permits  retry after never  (1/second fixed-window)
        """), () -> out);
  }

  @Test
  void text_timeline_countsEverySpan() {
    assertEquals(
        Main.DONE,
        run(
            "0 a\n0 a\n0 a\n0 b\n0.001 a\n" + "0.002 b\n".repeat(7) + "0.004 c 2\n",
            "replay",
            "2/ms",
            "-",
            "--by",
            "client"));
    assertEquals("""
        2/ms, one limiter per client
        log: standard input

        events                13
        admitted               7   53.8 %
        denied                 6   46.2 %
        clients                3
        clients denied         2
        lines skipped          0

        timeline (seconds of the log, 1 ms a line)   = admitted   x denied
          0             3         1  =====================xxxxxxx
          0.001         1         0  =======
          0.002         2         5  =============xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
          0.003         0         0
          0.004         1         0  =======

        worst offenders (denied of events)
          b         5 of 8  (62.5 %)
          a         1 of 4  (25.0 %)

        first denials
          0  a  retry after 500 us
          0.002  b  retry after 500 us
          0.002  b  retry after 500 us
          0.002  b  retry after 500 us
          0.002  b  retry after 500 us
        """, out);
  }

  @Test
  void text_severalRules_areSideBySide() {
    assertEquals(
        Main.DONE,
        run("0 a\n0 a\n0 a\n1 b\n", "replay", "1/minute", "2/minute", "5/hour", "--log", "-"));
    assertEquals("""
        A  1/minute
        B  2/minute
        C  5/hour
        one limiter per client
        log: standard input

                               A         B         C
        events                 4         4         4
        admitted               2         3         4
                          50.0 %    75.0 %   100.0 %
        denied                 2         1         0
                          50.0 %    25.0 %     0.0 %
        clients                2         2         2
        clients denied         1         1         0
        lines skipped          0
        """, out.substring(0, out.indexOf("\ndenied (seconds")));
    assertTrue(out.endsWith("""

        A  1/minute

        worst offenders (denied of events)
          a         2 of 3  (66.7 %)

        first denials
          0  a  retry after 1 minute
          0  a  retry after 1 minute

        B  2/minute

        worst offenders (denied of events)
          a         1 of 3  (33.3 %)

        first denials
          0  a  retry after 30 s
        """), () -> out);
  }

  @Test
  void tsv_severalRules_haveAColumnEach() {
    assertEquals(
        Main.DONE,
        run("0 a\n0 a\n1 b\n", "replay", "1/minute", "9/s, 1/hour", "--log", "-", "--format=tsv"));
    assertEquals("""
        rules\t1/minute\t9/second, 1/hour
        events\t3\t3
        admitted\t2\t2
        denied\t1\t1
        keys\t2\t2
        keys_denied\t1\t1
        skipped\t0\t0
        denied_by\t1/minute\t1/minute\t1
        denied_key\t1/minute\ta\t1
        denied_by\t9/second, 1/hour\t9/second\t0
        denied_by\t9/second, 1/hour\t1/hour\t1
        denied_key\t9/second, 1/hour\ta\t1
        """, out);
  }

  @Test
  void text_slidingLogs_denyEachByItself() {
    String rules = "2/second sliding-log, 5/minute sliding-log, 1/hour burst 5";
    assertEquals(Main.DONE, run("0 a 2\n0 a\n1 a 2\n2 a\n3 a\n", "replay", rules, "-"));
    assertTrue(out.endsWith("""
        first denials
          0  a  retry after 1 s  (2/second sliding-log)
          3  a  retry after 59 minutes 57 s  (1/hour burst 5)
        """), () -> out);
  }

  @Test
  void text_byAll_namesNoOffenders() {
    assertEquals(Main.DONE, run("1 a\n1 b\n", "replay", "1/second", "-", "--by", "all"));
    assertTrue(out.startsWith("1/second, one limiter for all\n"));
    assertFalse(out.contains("offenders"));
    assertFalse(out.contains("clients"));
  }

  @Test
  void programs_unreadableLines_areOnStandardError() {
    assertEquals(Main.DONE, run("1 a\n?\n2 b\n", "replay", "1/s", "-", "--format=json"));
    assertTrue(out.startsWith("{\"command\":\"replay\",\"events\":2,\"admitted\":2,\"denied\":0,"));
    assertEquals(1, out.lines().count());
    assertTrue(err.contains("limiter: 1 line skipped:\n  line 2: not: seconds key"), err);
  }

  @Test
  void terminal_colours_areOnlyWhereTheyAreWanted() {
    byte[] log = "0 a\n0 a\n".getBytes(StandardCharsets.UTF_8);
    ToolRun plain = ToolRun.of(log, Terminal.NONE, "replay", "1/minute", "-");
    assertFalse(plain.out().contains("\u001b"));
    ToolRun coloured = ToolRun.of(log, new Terminal(false, true, 80), "replay", "1/minute", "-");
    assertTrue(coloured.out().contains("\u001b[31mx"));
    assertEquals(plain.out(), coloured.out().replaceAll("\u001b\\[[0-9]+m", ""));
    assertFalse(Terminal.of(Map.of("NO_COLOR", "1")).colours());
    assertFalse(Terminal.of(Map.of("TERM", "dumb")).colours());
    assertEquals(100, Terminal.of(Map.of("COLUMNS", "100")).columns());
    assertEquals(80, Terminal.of(Map.of("COLUMNS", "wide")).columns());
    assertEquals(40, Terminal.of(Map.of("COLUMNS", "1")).columns());
    assertEquals(400, Terminal.of(Map.of("COLUMNS", "99999999")).columns());
  }

  @Test
  void terminal_keysOfAnyLength_makeNoLineLongerThanIt() {
    String key = "k".repeat(200_000);
    String log = ("0 " + key + "1\n0 " + key + "1\n0 " + key + "2\n").repeat(2);
    for (int columns : new int[] {72, 80, 200}) {
      ToolRun run = ToolRun.of(
          log.getBytes(StandardCharsets.UTF_8),
          new Terminal(false, false, columns),
          "replay",
          "1/hour",
          "-");
      assertEquals(Main.DONE, run.status());
      assertTrue(run.out().contains("clients                2\n"), run.out());
      run.out().lines().forEach(line -> assertTrue(line.length() <= columns, line));
    }
    for (String format : new String[] {"tsv", "json", "html"}) {
      String out = ToolRun.of(log, "replay", "1/hour", "-", "--format", format).out();
      assertTrue(out.length() < 60_000, format + ": " + out.length());
      assertTrue(out.contains(format.equals("html") ? "kkk..." : "(200001 bytes, sha256 "), format);
    }
  }

  @Test
  void output_thatCannotBeWritten_isStatusThree() {
    PrintStream full = new PrintStream(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("full");
      }
    });
    for (String command : new String[] {"explain 1/s", "replay 1/s", "suggest", "--help"}) {
      ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
      int status = Main.run(
          command.split(" "),
          InputStream.nullInputStream(),
          full,
          new PrintStream(errBytes, true, StandardCharsets.UTF_8),
          Terminal.NONE);
      assertEquals(Main.NOT_WRITTEN, status);
      assertTrue(errBytes.toString(StandardCharsets.UTF_8).contains("cannot be written"));
    }
  }

  private static InputStream failing(Throwable failure) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        if (failure instanceof IOException io) {
          throw io;
        }
        throw (Error) failure;
      }
    };
  }

  private int run(InputStream in) {
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int status = Main.run(
        new String[] {"replay", "1/s", "-"},
        in,
        new PrintStream(OutputStream.nullOutputStream()),
        new PrintStream(errBytes, true, StandardCharsets.UTF_8),
        Terminal.NONE);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return status;
  }

  @Test
  void log_thatNeedsMoreMemory_saysHowToGiveIt() {
    assertEquals(Main.NOTHING_READABLE, run(failing(new OutOfMemoryError())));
    assertTrue(err.contains("java -Xmx8g -jar"));
  }

  @Test
  void log_thatBreaks_saysWhich() {
    assertEquals(Main.NOTHING_READABLE, run(failing(new IOException("broken"))));
    assertEquals("limiter: standard input cannot be read: broken\n", err);
  }

  @Test
  void version_isSaid() {
    assertEquals(Main.DONE, run("", "--version"));
    assertTrue(out.matches("limiter \\S.*\n"), out);
  }

  @Test
  void main_asAProgram_exitsWithItsStatus() throws IOException, InterruptedException {
    for (int expected : new int[] {Main.DONE, Main.WRONG_USAGE}) {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      Process process = new ProcessBuilder(
              java,
              "-cp",
              System.getProperty("java.class.path"),
              Main.class.getName(),
              "explain",
              expected == Main.DONE ? "blocked" : "1/fortnite")
          .start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String wrong = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(expected, process.waitFor(), wrong);
      assertEquals(expected == Main.DONE, said.startsWith("blocked"), said);
      assertEquals(expected != Main.DONE, wrong.contains("limiter: bad rate rule"), wrong);
    }
  }
}
