package io.limiter.tool;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** The command line: what a rule means, and what it would have done to a log. */
final class Main {
  static final int DONE = 0;
  static final int NOTHING_READABLE = 1;
  static final int WRONG_USAGE = 2;

  private static final String SAMPLE = "sample.log";
  private static final String PROPERTIES = "/META-INF/maven/io.limiter/limiter-core/pom.properties";
  private static final String USAGE = """
      usage: java -jar limiter-core.jar explain RULES
             java -jar limiter-core.jar replay RULES [LOG|-] [options]

        explain   what the rules mean: intervals, the most that can pass, bytes of state
        replay    what the rules would have done to a log: its events in the order of time,
                  one limiter per client

        RULES     such as "3/second, 60/hour"; put quotes around it
        LOG       a file in Common or Combined Log Format, or of lines
                  seconds[.fraction] key [permits]; - is standard input;
                  without LOG a small sample log is replayed

        --by client|all           a limiter for each client (default), or one for all
        --format text|tsv|json    for people (default), or for programs
        --help, --version

      exit status: 0 done, 1 nothing readable in the log, 2 wrong usage or a bad rule
      """;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean progress;

  private Main(InputStream in, PrintStream out, PrintStream err, boolean progress) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.progress = progress;
  }

  /** Runs the command line and exits with its status. */
  public static void main(String[] arguments) {
    InputStream in = new FileInputStream(FileDescriptor.in);
    try (PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err)) {
      int status = run(arguments, in, out, err, Progress.isTerminal());
      out.flush();
      err.flush();
      System.exit(status);
    }
  }

  /** Runs the command line with streams of its own; answers the exit status. */
  static int run(
      String[] arguments, InputStream in, PrintStream out, PrintStream err, boolean progress) {
    Main main = new Main(in, out, err, progress);
    try {
      int status = main.command(Arrays.asList(arguments));
      if (out.checkError()) {
        throw new IOException("the output cannot be written");
      }
      return status;
    } catch (UsageException | IOException e) {
      err.println("limiter: " + e.getMessage());
    } catch (OutOfMemoryError e) {
      err.println(
          "limiter: the log needs more memory; give it some, such as: java -Xmx8g -jar ...");
    }
    return WRONG_USAGE;
  }

  private int command(List<String> arguments) throws UsageException, IOException {
    if (arguments.isEmpty()) {
      err.print(USAGE);
      return WRONG_USAGE;
    }
    List<String> rest = arguments.subList(1, arguments.size());
    if (rest.contains("--help")) {
      out.print(USAGE);
      return DONE;
    }
    return switch (arguments.get(0)) {
      case "explain" -> explain(Arguments.ofExplain(rest));
      case "replay" -> replay(Arguments.ofReplay(rest));
      case "--help", "-h", "help" -> {
        out.print(USAGE);
        yield DONE;
      }
      case "--version" -> {
        out.println("limiter " + version());
        yield DONE;
      }
      default ->
        throw new UsageException(
            "unknown command " + arguments.get(0) + "; write explain, replay or --help");
    };
  }

  private int explain(String rules) throws UsageException {
    Explain.print(parse(rules), out);
    return DONE;
  }

  private int replay(Arguments arguments) throws UsageException, IOException {
    Limits limits = parse(arguments.rules());
    checkReplayable(limits);
    LogReader log = read(arguments);
    Replay replay = Replay.run(log, limits);
    Report report = new Report(log, replay);
    boolean nothing = log.events().size() == 0;
    switch (arguments.format()) {
      case TSV -> report.tsv(out);
      case JSON -> report.json(out);
      case TEXT -> {
        if (!nothing) {
          report.text(out, limits, source(arguments.log()), arguments.byClient());
        }
      }
    }
    if (nothing) {
      err.println("limiter: nothing readable in "
          + source(arguments.log())
          + ": no line is in Common or Combined Log Format, or: seconds key [permits]");
    }
    if (nothing || arguments.format() != Arguments.Format.TEXT) {
      if (log.skipped() > 0) {
        err.println("limiter: " + log.skipped() + " lines skipped; the first of them:");
      }
      report.unreadable(err, "  ");
    }
    return nothing ? NOTHING_READABLE : DONE;
  }

  private static Limits parse(String rules) throws UsageException {
    try {
      return Limits.parse(rules);
    } catch (RuleSyntaxException e) {
      throw new UsageException(
          e.getMessage() + System.lineSeparator() + Text.caret(rules, e.column()));
    }
  }

  private static void checkReplayable(Limits limits) throws UsageException {
    if (limits.concurrency().isPresent()) {
      String rates = limits.rules().stream()
          .filter(rule -> rule.algorithm() != Limits.Algorithm.CONCURRENCY)
          .map(Limits.Rule::toString)
          .collect(Collectors.joining(", "));
      throw new UsageException("replay cannot hold \""
          + limits.concurrency().getAsInt()
          + " concurrent\": a log holds no durations; "
          + (rates.isEmpty()
              ? "give it a rate, such as: replay 3/second"
              : "leave it out: replay \"" + rates + "\""));
    }
    try {
      limits.newRateLimiter(ManualClock.create());
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  private LogReader read(Arguments arguments) throws UsageException, IOException {
    String log = arguments.log();
    if (log.isEmpty()) {
      try (InputStream sample = Main.class.getResourceAsStream(SAMPLE)) {
        return LogReader.read(sample, arguments.byClient());
      }
    }
    if (log.equals("-")) {
      return LogReader.read(watched(in, 0), arguments.byClient());
    }
    try {
      Path path = Path.of(log);
      if (Files.isDirectory(path)) {
        throw new UsageException(log + " is a directory; name a file in it");
      }
      try (InputStream file = Files.newInputStream(path)) {
        return LogReader.read(watched(file, Files.size(path)), arguments.byClient());
      }
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new UsageException("there is no file " + log + "; name a log, or - for standard input");
    } catch (AccessDeniedException e) {
      throw new UsageException(log + " may not be read; check its permissions");
    } catch (IOException e) {
      throw new IOException(log + " cannot be read: " + e.getMessage(), e);
    }
  }

  private InputStream watched(InputStream stream, long totalBytes) {
    return progress ? new Progress(stream, totalBytes, err, NanoClock.system()) : stream;
  }

  private static String source(String log) {
    return switch (log) {
      case "" -> "the built-in sample; name a LOG to replay your own";
      case "-" -> "standard input";
      default -> log;
    };
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
