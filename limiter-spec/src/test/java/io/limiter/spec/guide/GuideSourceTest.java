package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The integrations in the guide are the files of this package that have a test, letter by letter, without
 * the line of the package. {@code -Dguide.update=true} writes the guide anew.
 */
class GuideSourceTest {
  private static final Path HERE = Path.of("src/test/java/io/limiter/spec/guide");
  private static final Path KOTLIN = Path.of("src/test/kotlin/io/limiter/spec/guide");
  private static final Path GUIDE = Path.of("../limiter-core/GUIDE.md");
  private static final Pattern COPY = Pattern.compile(
      "(?<=\n<!-- copied: )(\\w+) -->\n```(?:java|kotlin)\n(.*?)(?=```\n)", Pattern.DOTALL);

  private static String source(String name) throws IOException {
    Path kotlin = KOTLIN.resolve(name + ".kt");
    String text = Files.readString(Files.exists(kotlin) ? kotlin : HERE.resolve(name + ".java"));
    return text.substring(text.indexOf('\n') + 2);
  }

  @Test
  void eachCopyInTheGuide_isTheFileThatIsTested() throws IOException {
    String guide = Files.readString(GUIDE);
    if (Boolean.getBoolean("guide.update")) {
      StringBuilder anew = new StringBuilder();
      Matcher old = COPY.matcher(guide);
      while (old.find()) {
        String language = Files.exists(KOTLIN.resolve(old.group(1) + ".kt")) ? "kotlin" : "java";
        String copy = old.group(1) + " -->\n```" + language + "\n" + source(old.group(1));
        old.appendReplacement(anew, Matcher.quoteReplacement(copy));
      }
      guide = old.appendTail(anew).toString();
      Files.writeString(GUIDE, guide);
    }
    Set<String> copied = new TreeSet<>();
    for (Matcher copy = COPY.matcher(guide); copy.find(); ) {
      assertEquals(source(copy.group(1)), copy.group(2), copy.group(1));
      copied.add(copy.group(1));
    }
    try (Stream<Path> files = Files.list(HERE);
        Stream<Path> kotlin = Files.list(KOTLIN)) {
      Set<String> tested = Stream.concat(files, kotlin)
          .map(file -> file.getFileName().toString())
          .map(name -> name.replaceFirst("[.](java|kt)$", ""))
          .filter(name -> name.endsWith("Test"))
          .map(name -> name.replaceFirst("Test$", ""))
          .filter(name -> !name.equals("GuideSource"))
          .collect(Collectors.toCollection(TreeSet::new));
      Set<String> classes = new TreeSet<>(copied);
      classes.removeIf(name -> name.endsWith("Test")); // a test that is shown, too
      assertEquals(tested, classes);
    }
    assertTrue(copied.size() >= 6, copied::toString);
  }
}
