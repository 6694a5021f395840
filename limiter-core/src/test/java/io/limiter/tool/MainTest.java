package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private String out = "";
  private String err = "";

  private int run(String input, String... arguments) {
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    int status = Main.run(
        arguments,
        in,
        new PrintStream(outBytes, true, StandardCharsets.UTF_8),
        new PrintStream(errBytes, true, StandardCharsets.UTF_8),
        false);
    out = outBytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    err = errBytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    return status;
  }

  private void assertWrong(String expected, String... arguments) {
    assertEquals(Main.WRONG_USAGE, run("1 a\n", arguments));
    assertEquals("", out);
    assertEquals("limiter: " + expected + "\n", err);
  }

  @Test
  void usage_help_isOnStandardOutput() {
    for (String[] arguments :
        new String[][] {{"--help"}, {"-h"}, {"help"}, {"replay", "--help"}, {"explain", "--help"}
        }) {
      assertEquals(Main.DONE, run("", arguments));
      assertTrue(out.startsWith("usage: java -jar limiter-core.jar explain RULES\n"));
      assertEquals("", err);
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
    assertWrong("unknown command explian; write explain, replay or --help", "explian", "1/s");
    assertWrong("explain needs RULES, such as: explain \"3/second, 60/hour\"", "explain");
    assertWrong(
        "explain takes one argument; put quotes around rules with blanks:"
            + " explain \"3/second, 60/hour\"",
        "explain",
        "3/second,",
        "60/hour");
    assertWrong("replay needs RULES, such as: replay \"3/second, 60/hour\" LOG", "replay");
    assertWrong(
        "replay takes RULES and one LOG; put quotes around rules with blanks:"
            + " replay \"3/second burst 5\" a.log",
        "replay",
        "3/second",
        "burst",
        "5",
        "a.log");
    assertWrong(
        "unknown option --per; replay has --by client|all and --format text|tsv|json",
        "replay",
        "--per=client",
        "1/s");
    assertWrong("--by user: write client or all", "replay", "1/s", "-", "--by", "user");
    assertWrong("--format xml: write text, tsv or json", "replay", "--format=xml", "1/s");
    assertWrong("--format needs a value: write text, tsv or json", "replay", "1/s", "--format");
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
        "replay cannot hold \"5 concurrent\": a log holds no durations;"
            + " leave it out: replay \"10/minute\"",
        "replay",
        "10/minute, 5 concurrent",
        "-");
    assertWrong(
        "replay cannot hold \"5 concurrent\": a log holds no durations;"
            + " give it a rate, such as: replay 3/second",
        "replay",
        "5 concurrent",
        "-");
    assertEquals(Main.DONE, run("", "explain", "5 concurrent"));
  }

  @Test
  void log_thatCannotBeRead_saysWhy(@TempDir Path directory) {
    assertWrong(directory + " is a directory; name a file in it", "replay", "1/s", "" + directory);
    Path missing = directory.resolve("no.log");
    assertWrong(
        "there is no file " + missing + "; name a log, or - for standard input",
        "replay",
        "1/s",
        missing.toString());
    assertWrong(
        "there is no file a\0b; name a log, or - for standard input", "replay", "1/s", "a\0b");
  }

  @Test
  void log_file_isReplayed(@TempDir Path directory) throws IOException {
    Path log = Files.writeString(directory.resolve("-odd name"), "1 a\n1 a\n1 b\n");
    assertEquals(Main.DONE, run("", "replay", "--format=tsv", "1/s", "--", log.toString()));
    assertTrue(out.startsWith("events\t3\nadmitted\t2\ndenied\t1\n"));
    assertEquals("", err);
  }

  @Test
  void log_noneGiven_isTheSample() {
    assertEquals(Main.DONE, run("", "replay", "3/second, 60/hour"));
    assertTrue(out.startsWith("3/second, 60/hour, one limiter per client\n"
        + "log: the built-in sample; name a LOG to replay your own\n"));
    assertTrue(out.contains("203.0.113.5  retry after 333.334 ms  (3/second)\n"));
  }

  @Test
  void log_nothingReadable_isStatusOne() {
    assertEquals(Main.NOTHING_READABLE, run("what\nis\nthis\nlog\n", "replay", "1/s", "-"));
    assertEquals("", out);
    assertEquals("""
        limiter: nothing readable in standard input: no line is in Common or Combined Log Format, \
        or: seconds key [permits]
        limiter: 4 lines skipped; the first of them:
          line 1: neither Common or Combined Log Format nor: seconds key [permits]
            what
          line 2: neither Common or Combined Log Format nor: seconds key [permits]
            is
          line 3: neither Common or Combined Log Format nor: seconds key [permits]
            this
        """, err);
    assertEquals(Main.NOTHING_READABLE, run("", "replay", "1/s", "-", "--format", "tsv"));
    assertTrue(out.startsWith("events\t0\n"));
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
          line 5: neither Common or Combined Log Format nor: seconds key [permits]
            ?

        timeline (seconds of the log, 500 ms a line)   = admitted   x denied
        """, out.substring(0, out.indexOf("  0 ")));
    assertTrue(out.endsWith("""
        worst offenders (denied of events)
          a         1 of 3  (33.3 %)
          b         1 of 1  (100.0 %)

        first denials
          0  b, 3 permits  retry after never  (1/second fixed-window)
          0  a  retry after 1 s  (1/second fixed-window)
        """));
    assertEquals("", err);
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
  void text_nothingDenied_endsWithTheTimeline() {
    assertEquals(Main.DONE, run("0 a\n0.001 b\n", "replay", "1/second", "-"));
    assertTrue(out.endsWith("  0.001         1         0  " + "=".repeat(48) + "\n"), () -> out);
  }

  @Test
  void text_slidingLogs_denyTogether() {
    String rules = "2/second sliding-log, 5/minute sliding-log, 1/hour burst 5";
    assertEquals(Main.DONE, run("0 a 2\n0 a\n1 a 2\n2 a\n3 a\n", "replay", rules, "-"));
    assertTrue(out.endsWith("""
        first denials
          0  a  retry after 1 s  (2/second sliding-log, 5/minute sliding-log)
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
    assertEquals(Main.DONE, run("1 a\n?\n", "replay", "1/s", "-", "--format=json"));
    assertEquals(
        "{\"events\":1,\"admitted\":1,\"denied\":0,\"keys\":1,\"keys_denied\":0,\"skipped\":1,"
            + "\"denied_key\":[]}\n",
        out);
    assertTrue(err.startsWith("limiter: 1 lines skipped; the first of them:\n  line 2: "));
  }

  @Test
  void output_thatCannotBeWritten_isAnError() {
    PrintStream full = new PrintStream(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("full");
      }
    });
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int status = Main.run(
        new String[] {"explain", "1/s"},
        InputStream.nullInputStream(),
        full,
        new PrintStream(errBytes, true, StandardCharsets.UTF_8),
        false);
    assertEquals(Main.WRONG_USAGE, status);
    assertTrue(errBytes.toString(StandardCharsets.UTF_8).contains("cannot be written"));
  }

  @Test
  void log_thatNeedsMoreMemory_saysHowToGiveIt() {
    InputStream huge = new InputStream() {
      @Override
      public int read() {
        throw new OutOfMemoryError();
      }
    };
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int status = Main.run(
        new String[] {"replay", "1/s", "-"},
        huge,
        new PrintStream(OutputStream.nullOutputStream()),
        new PrintStream(errBytes, true, StandardCharsets.UTF_8),
        false);
    assertEquals(Main.WRONG_USAGE, status);
    assertTrue(errBytes.toString(StandardCharsets.UTF_8).contains("java -Xmx8g -jar"));
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
