package io.limiter.tool;

import java.util.ArrayList;
import java.util.List;

/**
 * The command line of {@code replay}, read.
 *
 * @param rules the rule text
 * @param log the path of the log; "-" is standard input, empty the built-in sample
 * @param byClient whether each client has its own limiter
 * @param format how to report
 */
record Arguments(String rules, String log, boolean byClient, Format format) {
  /** How to report. */
  enum Format {
    TEXT,
    TSV,
    JSON
  }

  /** Reads what comes after {@code replay}. */
  static Arguments ofReplay(List<String> arguments) throws UsageException {
    List<String> plain = new ArrayList<>();
    boolean byClient = true;
    Format format = Format.TEXT;
    boolean optionsEnded = false;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (optionsEnded || argument.equals("-") || !argument.startsWith("-")) {
        plain.add(argument);
        continue;
      }
      if (argument.equals("--")) {
        optionsEnded = true;
        continue;
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      boolean known = name.equals("--by") || name.equals("--format");
      if (!known) {
        throw new UsageException(
            "unknown option " + name + "; replay has --by client|all and --format text|tsv|json");
      }
      if (equals < 0 && i + 1 == arguments.size()) {
        throw new UsageException(name + " needs a value: " + choices(name));
      }
      String value = equals < 0 ? arguments.get(++i) : argument.substring(equals + 1);
      if (name.equals("--by")) {
        byClient = byClient(value);
      } else {
        format = format(value);
      }
    }
    if (plain.isEmpty()) {
      throw new UsageException("replay needs RULES, such as: replay \"3/second, 60/hour\" LOG");
    }
    if (plain.size() > 2) {
      throw new UsageException(
          "replay takes RULES and one LOG; put quotes around rules with blanks: replay \""
              + String.join(" ", plain.subList(0, plain.size() - 1))
              + "\" "
              + plain.get(plain.size() - 1));
    }
    return new Arguments(plain.get(0), plain.size() < 2 ? "" : plain.get(1), byClient, format);
  }

  /** Reads what comes after {@code explain}: the rule text. */
  static String ofExplain(List<String> arguments) throws UsageException {
    if (arguments.isEmpty()) {
      throw new UsageException("explain needs RULES, such as: explain \"3/second, 60/hour\"");
    }
    if (arguments.size() > 1) {
      throw new UsageException(
          "explain takes one argument; put quotes around rules with blanks: explain \""
              + String.join(" ", arguments)
              + "\"");
    }
    return arguments.get(0);
  }

  private static boolean byClient(String value) throws UsageException {
    return switch (value) {
      case "client" -> true;
      case "all" -> false;
      default -> throw new UsageException("--by " + value + ": " + choices("--by"));
    };
  }

  private static Format format(String value) throws UsageException {
    return switch (value) {
      case "text" -> Format.TEXT;
      case "tsv" -> Format.TSV;
      case "json" -> Format.JSON;
      default -> throw new UsageException("--format " + value + ": " + choices("--format"));
    };
  }

  private static String choices(String name) {
    return name.equals("--by") ? "write client or all" : "write text, tsv or json";
  }
}
