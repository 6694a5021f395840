package io.limiter.tool;

import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code replay} or {@code suggest} is asked to do. */
final class Options {
  /** How to report. */
  enum Format {
    TEXT,
    TSV,
    JSON,
    HTML
  }

  private static final Map<String, List<String>> OPTIONAL =
      Map.of("--retry", List.of("once", "until-admitted"));

  final LogOptions log = new LogOptions();
  final List<String> rules = new ArrayList<>();
  Format format = Format.TEXT;
  Comeback.@Nullable Patience retry; // null: denied requests do not come back
  List<Share> shares = new ArrayList<>();
  List<Suggestions.Period> periods = List.of(Suggestions.Period.values());

  private Options() throws UsageException {
    shares = Share.parse("90,99,99.9,100");
  }

  /** What comes after {@code replay}. */
  static Options ofReplay(List<String> words) throws UsageException {
    Options options = new Options();
    Arguments arguments = options.read("replay", words);
    List<String> plain = arguments.plain();
    if (plain.isEmpty()) {
      throw new UsageException("replay needs RULES, such as: replay \"3/second, 60/hour\" LOG");
    }
    if (!options.log.logs.isEmpty()) {
      options.rules.addAll(plain);
      return options;
    }
    options.rules.add(plain.get(0));
    if (plain.size() == 2 && isRule(plain.get(1)) && !isFile(plain.get(1))) {
      throw new UsageException(
          plain.get(1) + " is a rule, not a log; to compare rules name the log with"
              + " --log: replay \"" + plain.get(0) + "\" \"" + plain.get(1) + "\" --log LOG");
    }
    if (plain.size() > 2) {
      throw new UsageException(
          "replay takes RULES and one LOG; put quotes around rules with blanks: replay \""
              + String.join(" ", plain.subList(0, plain.size() - 1))
              + "\" "
              + plain.get(plain.size() - 1)
              + "; name several logs with --log LOG...");
    }
    options.log.logs.addAll(plain.subList(1, plain.size()));
    return options;
  }

  /** What comes after {@code suggest}. */
  static Options ofSuggest(List<String> words) throws UsageException {
    Options options = new Options();
    options.log.logs.addAll(options.read("suggest", words).plain());
    for (String log : options.log.logs) {
      if (isRule(log) && !isFile(log)) {
        throw new UsageException(log + " is a rule; suggest finds rules. To see what this one would"
            + " have denied: replay \"" + log + "\" LOG");
      }
    }
    return options;
  }

  private static boolean isRule(String text) {
    try {
      Limits.parse(text);
      return true;
    } catch (RuleSyntaxException e) {
      return false;
    }
  }

  private static boolean isFile(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private Arguments read(String command, List<String> words) throws UsageException {
    Map<String, String> known = new LinkedHashMap<>();
    known.put("--log", "name a log, a directory of logs, or -");
    known.put("--by", Grouping.CHOICES);
    known.put("--proxies", "write the number of proxies that append to X-Forwarded-For, such as 1");
    known.put("--since", "write a time such as 2015-05-17T10:05:03Z");
    known.put("--until", "write a time such as 2015-05-17T10:05:03Z");
    known.put("--where", "write FIELD=VALUE, such as path=/api, status=4xx or method=POST");
    known.put("--retry", "write once or until-admitted");
    if (command.equals("suggest")) {
      known.put("--spare", "write percents of the clients, such as 99,99.9");
      known.put("--per", "write second, minute, hour or day, or several with commas");
    }
    known.put("--format", "write text, tsv, json or html");
    known.put("--format-in", FormatFinder.CHOICES);
    known.put("--time", "name the field of the time");
    known.put("--key", "name the field of the client");
    known.put("--permits", "name the field of the permits");
    known.put("--pattern", "write a regular expression such as '^(?<time>\\S+) (?<client>\\S+)'");
    Arguments arguments = Arguments.of(command, words, known, OPTIONAL);
    for (Arguments.Option option : arguments.options()) {
      set(option.name(), option.value(), known.getOrDefault(option.name(), ""));
    }
    return arguments;
  }

  private void set(String name, String value, String choices) throws UsageException {
    switch (name) {
      case "--log" -> log.logs.add(value);
      case "--by" -> log.by = Grouping.parse(value);
      case "--proxies" -> log.proxies = proxies(value, choices);
      case "--since" -> log.since = LogOptions.Moment.parse(name, value);
      case "--until" -> log.until = LogOptions.Moment.parse(name, value);
      case "--where" -> log.filters.add(Filter.parse(value));
      case "--retry" -> retry = retry(value, choices);
      case "--spare" -> shares = Share.parse(value);
      case "--per" -> periods = periods(value, choices);
      case "--format" -> format = format(value, choices);
      case "--format-in" -> log.formatIn = formatIn(value);
      case "--time" -> log.time = value;
      case "--key" -> log.key = value;
      case "--permits" -> log.permits = value;
      case "--pattern" -> log.pattern = value;
      default -> throw new AssertionError(name);
    }
  }

  private static int proxies(String value, String choices) throws UsageException {
    byte[] digits = Bytes.of(value);
    long number = Bytes.number(digits, 0, digits.length);
    if (number < 1 || number > 100) {
      throw new UsageException("--proxies " + value + ": " + choices);
    }
    return (int) number;
  }

  private static Comeback.Patience retry(String value, String choices) throws UsageException {
    return switch (value) {
      case "once" -> Comeback.Patience.ONCE;
      case "", "until-admitted" -> Comeback.Patience.UNTIL_ADMITTED;
      default -> throw new UsageException("--retry " + value + ": " + choices);
    };
  }

  private static List<Suggestions.Period> periods(String value, String choices)
      throws UsageException {
    List<Suggestions.Period> periods = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      Suggestions.Period found = null;
      for (Suggestions.Period period : Suggestions.Period.values()) {
        found = period.toString().equals(part.strip()) ? period : found;
      }
      if (found == null) {
        throw new UsageException("--per " + value + ": " + choices);
      }
      if (!periods.contains(found)) {
        periods.add(found);
      }
    }
    return periods;
  }

  private static Format format(String value, String choices) throws UsageException {
    return switch (value) {
      case "text" -> Format.TEXT;
      case "tsv" -> Format.TSV;
      case "json" -> Format.JSON;
      case "html" -> Format.HTML;
      default -> throw new UsageException("--format " + value + ": " + choices);
    };
  }

  private static String formatIn(String value) throws UsageException {
    return switch (value) {
      case "auto",
          "common",
          "vhost",
          "plain",
          "json",
          "logfmt",
          "csv",
          "tsv",
          "w3c",
          "alb",
          "elb",
          "haproxy" -> value;
      case "combined", "clf" -> "common";
      case "cloudfront", "iis" -> "w3c";
      default -> throw new UsageException("--format-in " + value + ": " + FormatFinder.CHOICES);
    };
  }
}
