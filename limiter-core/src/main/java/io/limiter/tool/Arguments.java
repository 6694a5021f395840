package io.limiter.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The words of a command line: options with their values, and the rest. */
final class Arguments {
  /** One option that was given. */
  record Option(String name, String value) {}

  private final List<String> plain = new ArrayList<>();
  private final List<Option> options = new ArrayList<>();

  /**
   * Reads {@code words}.
   *
   * @param known for each option of the command what its value may be, in words
   * @param optional the values of options that need none
   */
  static Arguments of(
      String command,
      List<String> words,
      Map<String, String> known,
      Map<String, List<String>> optional)
      throws UsageException {
    Arguments arguments = new Arguments();
    boolean optionsEnded = false;
    boolean logs = false; // whether --log was the last option, which takes several
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (optionsEnded || word.equals("-") || !word.startsWith("-")) {
        if (logs) {
          arguments.options.add(new Option("--log", word));
        } else {
          arguments.plain.add(word);
        }
        continue;
      }
      if (word.equals("--")) {
        optionsEnded = true;
        continue;
      }
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (!known.containsKey(name)) {
        throw new UsageException("unknown option " + name + "; " + command + " has "
            + String.join(", ", known.keySet()) + "; see " + command + " --help");
      }
      logs = name.equals("--log");
      boolean hasNext = i + 1 < words.size();
      if (equals >= 0) {
        arguments.options.add(new Option(name, word.substring(equals + 1)));
      } else if (optional.containsKey(name)) {
        boolean given = hasNext && optional.get(name).contains(words.get(i + 1));
        arguments.options.add(new Option(name, given ? words.get(++i) : ""));
      } else if (!hasNext) {
        throw new UsageException(name + " needs a value: " + known.get(name));
      } else {
        String value = words.get(++i);
        boolean named = name.equals("--by") && value.equals("field") && i + 1 < words.size();
        arguments.options.add(new Option(name, named ? "field=" + words.get(++i) : value));
      }
    }
    return arguments;
  }

  /** The words that are neither options nor their values. */
  List<String> plain() {
    return plain;
  }

  /** The options, in their order. */
  List<Option> options() {
    return options;
  }
}
