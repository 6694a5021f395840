package io.limiter.bench.rival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.limiter.spec.kit.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What RIVALS.md says of others is true each time that the tests run. */
class RivalsTest {
  private static final Pattern COUNTEREXAMPLE =
      Pattern.compile("```\\n([^`]*)\\n```\\n\\n```sh\\n\\S.* Rivals (\\S+) (\\S+)\\n```\\n"
          .replace(" Rivals", "\\.Rivals"));

  private record Recorded(String id, String guarantee, String text) {}

  private static String page() throws IOException {
    return Files.readString(Path.of("RIVALS.md"));
  }

  private static List<Recorded> recorded() throws IOException {
    List<Recorded> recorded = new ArrayList<>();
    Matcher matcher = COUNTEREXAMPLE.matcher(page());
    while (matcher.find()) {
      recorded.add(new Recorded(matcher.group(2), matcher.group(3), matcher.group(1)));
    }
    return recorded;
  }

  @TestFactory
  Stream<DynamicTest> counterexample_ranAgain_isTheSame() throws IOException {
    return recorded().stream()
        .map(each -> DynamicTest.dynamicTest(each.id() + " " + each.guarantee(), () -> {
          Finding finding = Rivals.finding(each.id(), each.guarantee());
          assertEquals(Finding.Kind.BROKEN, finding.kind());
          assertEquals(each.text(), finding.detail());
        }));
  }

  @Test
  void page_eachBrokenGuarantee_hasItsCounterexample() throws IOException {
    Matcher broken = Pattern.compile("\\*\\*broken\\*\\* \\(\\[(\\d+)\\]").matcher(page());
    int count = 0;
    while (broken.find()) {
      assertEquals(++count, Integer.parseInt(broken.group(1)));
    }
    assertEquals(recorded().size(), count);
    assertFalse(count == 0);
  }
}
