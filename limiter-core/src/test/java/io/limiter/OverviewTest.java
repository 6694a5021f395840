package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The first page of the Javadoc starts with the table of the guide that says which rule to write. */
class OverviewTest {

  /** The rows of the first table of the guide, as the Javadoc has them. */
  private static List<String> rows(String guide) {
    return guide
        .lines()
        .dropWhile(line -> !line.startsWith("| you want | write |"))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.replaceFirst("^\\| ", "<tr><td>")
            .replaceFirst(" \\|$", "")
            .replace(" | ", "<td>")
            .replaceAll("`([^`]*)`", "{@code $1}"))
        .toList();
  }

  @Test
  void firstPageOfTheJavadoc_hasTheTableOfTheGuide() throws IOException {
    List<String> rows = rows(Files.readString(Path.of("GUIDE.md")));
    String page = Files.readString(Path.of("src/main/java/module-info.java"))
        .lines()
        .map(line -> line.replaceFirst("^ \\* ?", "").strip())
        .collect(Collectors.joining(" "));
    assertTrue(rows.size() >= 8, () -> rows + "");
    for (String row : rows) {
      assertTrue(page.contains(row), () -> "not in module-info.java: " + row);
    }
  }

  @Test
  void rowOfTheGuide_isReadAsJavadoc() {
    String guide =
        "| you want | write | you get |\n|---|---|---|\n| a `b` | `c` | d |\n\n| e | f |";
    assertEquals(List.of("<tr><td>a {@code b}<td>{@code c}<td>d"), rows(guide));
  }
}
