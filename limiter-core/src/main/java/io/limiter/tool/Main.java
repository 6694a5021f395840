package io.limiter.tool;

import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The command line: which limit to set, what a rule means, and what it would have done to a log. */
final class Main {
  static final int DONE = 0;
  static final int NOTHING_READABLE = 1;
  static final int WRONG_USAGE = 2;
  static final int NOT_WRITTEN = 3;

  private static final int TEXT_SPANS = 30;
  private static final int CHART_SPANS = 120;
  private static final String PROPERTIES = "/META-INF/maven/io.limiter/limiter-core/pom.properties";

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Terminal terminal;

  private Main(InputStream in, PrintStream out, PrintStream err, Terminal terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Runs the command line and exits with its status. */
  public static void main(String[] arguments) {
    InputStream in = new FileInputStream(FileDescriptor.in);
    try (PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err)) {
      int status = run(arguments, in, out, err, Terminal.of(System.getenv()));
      out.flush();
      err.flush();
      System.exit(status);
    }
  }

  /** Runs the command line with streams of its own; answers the exit status. */
  static int run(
      String[] arguments, InputStream in, PrintStream out, PrintStream err, Terminal terminal) {
    Main main = new Main(in, out, err, terminal);
    int status = WRONG_USAGE;
    try {
      status = main.command(Arrays.asList(arguments));
    } catch (UsageException e) {
      main.say(e.getMessage());
    } catch (IOException e) {
      main.say(Objects.requireNonNullElse(e.getMessage(), e.toString()));
      status = NOTHING_READABLE;
    } catch (OutOfMemoryError e) {
      main.say(
          "the log needs more memory; give it some, such as: java -Xmx8g -jar ..., or group its"
              + " keys, such as with --by client/24/64");
      status = NOTHING_READABLE;
    }
    if (out.checkError()) {
      main.say("the output cannot be written");
      return NOT_WRITTEN;
    }
    return status;
  }

  private int command(List<String> arguments) throws UsageException, IOException {
    if (arguments.isEmpty()) {
      err.print(Help.ALL);
      return WRONG_USAGE;
    }
    String command = arguments.get(0);
    List<String> rest = arguments.subList(1, arguments.size());
    boolean help = rest.contains("--help") || rest.contains("-h");
    switch (command) {
      case "suggest" -> {
        return help ? help(Help.SUGGEST) : suggest(Options.ofSuggest(rest));
      }
      case "replay" -> {
        return help ? help(Help.REPLAY) : replay(Options.ofReplay(rest));
      }
      case "explain" -> {
        return help ? help(Help.EXPLAIN) : explain(rest);
      }
      case "--help", "-h", "help" -> {
        return help(Help.ALL);
      }
      case "--version" -> {
        out.println("limiter " + version());
        return DONE;
      }
      default ->
        throw new UsageException("unknown command " + Text.clipped(Bytes.of(command), 40)
            + "; write suggest, replay, explain or --help");
    }
  }

  private int help(String text) {
    out.print(text);
    return DONE;
  }

  private int explain(List<String> words) throws UsageException {
    if (!words.isEmpty() && words.get(0).equals("--compare")) {
      if (words.size() != 3) {
        throw new UsageException("explain --compare needs two rule texts, in quotes:"
            + " explain --compare \"60/minute\" \"1/second\"");
      }
      Compare.print(RuleText.parse(words.get(1)), RuleText.parse(words.get(2)), out);
      return DONE;
    }
    if (words.isEmpty()) {
      throw new UsageException("explain needs RULES, such as: explain \"3/second, 60/hour\"");
    }
    if (words.size() > 1) {
      throw new UsageException("explain takes one argument; put quotes around rules with blanks:"
          + " explain \"" + String.join(" ", words)
          + "\"; to compare two texts: explain --compare A B");
    }
    try {
      Explain.print(Limits.parse(words.get(0)), out);
    } catch (RuleSyntaxException e) {
      throw new UsageException(
          e.getMessage() + System.lineSeparator() + Text.caret(words.get(0), e.column()));
    }
    return DONE;
  }

  private int replay(Options options) throws UsageException, IOException {
    List<RuleText> rules = new ArrayList<>();
    for (String text : options.rules) {
      rules.add(RuleText.parse(text));
    }
    try (Log log = read(options)) {
      boolean charts =
          options.format == Options.Format.JSON || options.format == Options.Format.HTML;
      Suggestions suggestions =
          charts ? Suggestions.of(log, options.periods, options.shares) : null;
      return report("replay", options, log, rules, suggestions, Warnings.of(log, rules));
    }
  }

  private int suggest(Options options) throws UsageException, IOException {
    try (Log log = read(options)) {
      Suggestions suggestions = Suggestions.of(log, options.periods, options.shares);
      List<RuleText> rules = new ArrayList<>();
      if (options.format != Options.Format.TSV) {
        for (Suggestions.Rule rule : suggestions.rules()) {
          rules.add(RuleText.parse(rule.text()));
        }
      }
      List<String> warnings = new ArrayList<>(Warnings.of(log, List.of()));
      warnings.addAll(Warnings.ofPeriods(log, options.periods));
      return report("suggest", options, log, rules, suggestions, warnings);
    }
  }

  private int report(
      String command,
      Options options,
      Log log,
      List<RuleText> rules,
      @Nullable Suggestions suggestions,
      List<String> warnings)
      throws IOException {
    boolean isEmpty = log.events().size() == 0;
    int spans = options.format == Options.Format.TEXT ? TEXT_SPANS : CHART_SPANS;
    TimeAxis axis = isEmpty
        ? TimeAxis.of(0, 0, log.time(), spans)
        : TimeAxis.of(log.events().first(), log.events().last(), log.time(), spans);
    List<Column> columns = new ArrayList<>();
    List<Comeback> comebacks = new ArrayList<>();
    for (RuleText rule : rules) {
      columns.add(new Column(rule, log, axis));
      if (options.retry != null) {
        comebacks.add(new Comeback(rule, options.retry, log));
      }
    }
    List<KeyedEvents> all = new ArrayList<>(columns);
    all.addAll(comebacks);
    if (all.size() == 1) {
      log.events().forEach(all.get(0));
    } else if (!all.isEmpty()) {
      log.events().forEach(KeyedEvents.all(all.toArray(KeyedEvents[]::new)));
    }
    warnings.forEach(warning -> say("warning: " + warning));
    Answer answer =
        new Answer(command, log, source(options.log), columns, comebacks, suggestions, warnings);
    switch (options.format) {
      case TSV -> TsvReport.print(answer, out);
      case JSON -> JsonReport.print(answer, out);
      case HTML -> HtmlReport.print(answer, out);
      case TEXT -> {
        if (!isEmpty) {
          TextReport.print(answer, terminal, out);
        }
      }
    }
    if (isEmpty) {
      say("nothing readable in " + answer.source()
          + (log.filtered() > 0
              ? ": --where, --since and --until leave nothing of " + log.filtered() + " events"
              : options.log.formatIn.equals("auto")
                  ? ": see --help for the logs that are known, or describe the lines with --pattern"
                  : " as --format-in " + options.log.formatIn
                      + "; leave that out to have it found"));
    }
    if ((isEmpty || options.format != Options.Format.TEXT) && log.skipped() > 0) {
      say(log.skipped()
          + (log.skipped() == 1 ? " line skipped:" : " lines skipped; the first of them:"));
      TextReport.unreadable(log, err, "  ");
    }
    return isEmpty ? NOTHING_READABLE : DONE;
  }

  private Log read(Options options) throws UsageException, IOException {
    List<LogFile> files = new ArrayList<>();
    long bytes = 0;
    for (String name : options.log.logs) {
      if (name.equals(LogFile.STANDARD_INPUT)) {
        files.add(LogFile.of("standard input", in));
        continue;
      }
      for (Path path : LogFile.files(name)) {
        LogFile file = LogFile.of(path);
        files.add(file);
        bytes += file.size();
      }
    }
    if (files.isEmpty()) {
      InputStream sample = new ByteArrayInputStream(SampleLog.generate());
      return LogReader.read(
          List.of(LogFile.of(source(options.log), sample)),
          options.log,
          UnaryOperator.identity(),
          told -> {});
    }
    long total = files.stream().allMatch(LogFile::isFile) ? bytes : 0;
    Progress progress = new Progress(total, err, NanoClock.system());
    return LogReader.read(
        files,
        options.log,
        terminal.progress() ? progress::watch : UnaryOperator.identity(),
        this::say);
  }

  private void say(String text) {
    err.println("limiter: " + text);
  }

  private static String source(LogOptions options) {
    if (options.logs.isEmpty()) {
      return "the built-in sample; name a LOG to replay your own";
    }
    String first = options.logs.get(0).equals(LogFile.STANDARD_INPUT)
        ? "standard input"
        : Text.printable(Bytes.of(options.logs.get(0)));
    int more = options.logs.size() - 1;
    return more == 0 ? first : first + " and " + more + " more";
  }

  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream file = Main.class.getResourceAsStream(PROPERTIES)) {
      if (file != null) {
        properties.load(file);
      }
    }
    return properties.getProperty("version", "(not from a jar)");
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), false, StandardCharsets.UTF_8);
  }
}
