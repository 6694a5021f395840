package io.limiter.tool;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Lines that a regular expression reads: each of its named groups is a field. It sees the first
 * {@value #MAX_BYTES} bytes of a line, as ISO 8859-1, and must find itself anywhere in them.
 */
final class PatternLog implements LineScanner {
  private static final int MAX_BYTES = 16_384;
  private static final Pattern GROUP = Pattern.compile("\\(\\?<([a-zA-Z][a-zA-Z0-9]*)>");
  private static final String NO_MATCH = "the pattern does not match";

  private final Pattern pattern;
  private final List<String> groups = new ArrayList<>();

  private PatternLog(Pattern pattern) {
    this.pattern = pattern;
    Matcher group = GROUP.matcher(pattern.pattern());
    while (group.find()) {
      groups.add(group.group(1));
    }
  }

  /** A scanner by a regular expression. */
  static PatternLog of(String regex) throws UsageException {
    try {
      PatternLog log = new PatternLog(Pattern.compile(regex));
      if (log.groups.isEmpty()) {
        throw new UsageException(
            "--pattern names no field; write groups such as" + " '^(?<time>\\S+) (?<client>\\S+)'");
      }
      return log;
    } catch (PatternSyntaxException e) {
      throw new UsageException("--pattern is no regular expression: "
          + e.getDescription()
          + " near column "
          + (e.getIndex() + 1)
          + "; write one such as '^(?<time>\\S+) (?<client>\\S+)'");
    }
  }

  @Override
  public String kind() {
    return "lines by --pattern";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    int end = Math.min(Bytes.trimEnd(line, from, to), from + MAX_BYTES);
    Matcher matcher =
        pattern.matcher(new String(line, from, end - from, StandardCharsets.ISO_8859_1));
    try {
      if (!matcher.find()) {
        return NO_MATCH;
      }
    } catch (StackOverflowError e) {
      return "the pattern is too deep for this line; use fewer nested groups";
    }
    for (String group : groups) {
      int start = matcher.start(group);
      if (start >= 0) {
        sink.field(FieldName.of(group), line, from + start, from + matcher.end(group));
      }
    }
    return null;
  }
}
