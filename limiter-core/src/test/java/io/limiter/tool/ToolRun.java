package io.limiter.tool;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** One run of the command line: its status and what it wrote. */
record ToolRun(int status, String out, String err) {

  /** Runs with a text on standard input. */
  static ToolRun of(String input, String... arguments) {
    return of(input.getBytes(StandardCharsets.UTF_8), Terminal.NONE, arguments);
  }

  static ToolRun of(byte[] input, Terminal terminal, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = Main.run(
        arguments,
        new ByteArrayInputStream(input),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminal);
    return new ToolRun(status, text(out), text(err));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  /** Reads a log with options. */
  static Log read(byte[] log, LogOptions options, EventStore store, int bufferBytes) {
    try {
      return LogReader.read(
          List.of(LogFile.of("the log", new ByteArrayInputStream(log))),
          options,
          store,
          bufferBytes,
          UnaryOperator.identity(),
          told -> {});
    } catch (IOException | UsageException e) {
      throw new AssertionError(e);
    }
  }

  static Log read(String log) {
    return read(
        log.getBytes(StandardCharsets.UTF_8),
        new LogOptions(),
        new EventStore(),
        LogReader.BUFFER_BYTES);
  }

  /** What rules would have done to a log. */
  static Column replay(String rules, Log log) {
    try {
      TimeAxis axis = log.events().size() == 0
          ? TimeAxis.of(0, 0, log.time(), 30)
          : TimeAxis.of(log.events().first(), log.events().last(), log.time(), 30);
      Column column = new Column(RuleText.parse(rules), log, axis);
      log.events().forEach(column);
      return column;
    } catch (IOException | UsageException e) {
      throw new AssertionError(e);
    }
  }

  /** The lines of a text. */
  static List<String> lines(String text) {
    return new ArrayList<>(text.lines().toList());
  }
}
