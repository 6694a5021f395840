package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  private static final Pattern TAG =
      Pattern.compile("<(/?)([a-z0-9]+)((?: [^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*)?)(/?)>");
  private static final Set<String> VOID = Set.of("meta", "br");
  private static final String SAMPLE = new String(SampleLog.generate(), StandardCharsets.US_ASCII);
  private static final String[] PATHS = {
    "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"
  };

  @TempDir
  Path directory;

  private static String page(String log, String... arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("--log", "-", "--format", "html"));
    return ToolRun.of(log, words.toArray(String[]::new)).out();
  }

  private static void assertWellFormed(String page) {
    assertTrue(page.startsWith("<!DOCTYPE html>\n<html lang=\"en\">"));
    Deque<String> open = new ArrayDeque<>();
    String body = page.substring(page.indexOf('\n') + 1).replaceAll("(?s)<style>.*?</style>", "");
    Matcher tag = TAG.matcher(body);
    int end = 0;
    while (tag.find()) {
      String between = body.substring(end, tag.start());
      assertFalse(between.contains("<") || between.contains(">"), between);
      end = tag.end();
      if (!tag.group(1).isEmpty()) {
        assertEquals(open.pop(), tag.group(2));
      } else if (!tag.group().endsWith("/>") && !VOID.contains(tag.group(2))) {
        open.push(tag.group(2));
      }
    }
    assertTrue(open.isEmpty(), open.toString());
  }

  @Test
  void page_needsNothingElse() {
    String page = page(SAMPLE, "suggest");
    for (String reference :
        new String[] {"src=", "url(", "@import", "<script", "<link", "http://", "https://"}) {
      assertFalse(page.contains(reference), reference);
    }
    assertTrue(page.contains("default-src 'none'"));
  }

  @Test
  void page_holdsEverySection() {
    String page = page(SAMPLE + "?\n", "replay", "3/second, 60/hour", "9/minute", "--retry");
    assertWellFormed(page);
    for (String part : new String[] {
      "<dt>requests</dt><dd>1750</dd>", "<dt>lines skipped</dt><dd>1</dd>", "Rate against burst",
          "N/minute",
      "How much each of the clients needs", "Worst offenders", "198.51.100.23",
          "Denied by each rule",
      "1 line was skipped", "line 1751: ", "If denied requests came back until admitted", "99.9 %: "
    }) {
      assertTrue(page.contains(part), part);
    }
    assertEquals(2, page.split("aria-label=\"Requests over time\"", -1).length - 1);
    assertEquals(4, page.split("aria-label=\"Clients by their peak", -1).length - 1);
  }

  @Test
  void page_hostileKeys_areText() {
    String evil = "<script>alert(1)</script>\"'&\u009b\u202e";
    String log = ("0 " + evil + "\n").repeat(5) + "1 <b>\n";
    for (String command : new String[] {"replay 1/hour", "suggest"}) {
      String page = page(log, command.split(" "));
      assertWellFormed(page);
      assertFalse(page.contains("<script"));
      assertFalse(page.contains("\u009b") || page.contains("\u202e"));
    }
    assertTrue(page(log, "replay", "1/hour")
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\xc2\\x9b"));
  }

  @Test
  void page_smallAndEmptyLogs_areWhole() {
    for (String log :
        new String[] {"", "0 a\n", "0 a 1000000000000\n0 a 1000000000000\n0 b\n", "?\n"}) {
      assertWellFormed(page(log, "suggest"));
      assertWellFormed(page(log, "replay", "1/hour", "--by", "all"));
    }
  }

  @Test
  void logarithms_grow() {
    long before = -1;
    for (long value : new long[] {0, 2, 3, 4, 7, 1_023, 1_024, 1_025, 1L << 40, Long.MAX_VALUE}) {
      assertTrue(Chart.log(value) > before, "" + value);
      before = Chart.log(value);
    }
    assertEquals(0, Chart.log(1));
    assertEquals(10 * 1_024, Chart.log(1_024));
  }

  private String chromium(String... arguments) throws IOException, InterruptedException {
    String browser =
        Stream.of(PATHS).filter(path -> new File(path).canExecute()).findFirst().orElse("");
    assumeTrue(!browser.isEmpty(), "there is no Chromium; install it to look at the page");
    List<String> command = new ArrayList<>(List.of(
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
        "--user-data-dir=" + directory.resolve("profile")));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  /** In light, in dark and at the width of a phone: no error, nothing asked of the network, no overflow. */
  @Test
  void page_inABrowser_isShownWithoutErrors() throws IOException, InterruptedException {
    Path page = Files.writeString(directory.resolve("page.html"), page(SAMPLE, "suggest"));
    int[] brightness = new int[2];
    for (int dark = 0; dark < 2; dark++) {
      for (int width : new int[] {1_000, 500}) {
        Path shot = directory.resolve("shot-" + dark + "-" + width + ".png");
        String said = chromium(
            "--blink-settings=preferredColorScheme=" + (1 - dark),
            "--window-size=" + width + ",1800",
            "--screenshot=" + shot,
            page.toUri().toString());
        assertFalse(said.contains("CONSOLE"), said);
        BufferedImage image = ImageIO.read(shot.toFile());
        assertEquals(width, image.getWidth());
        brightness[dark] = image.getRGB(2, 2) & 0xff;
        assertTrue(colours(image) > 8, "an empty picture");
        for (int y = 0; y < image.getHeight(); y++) { // nothing is cut off at the right
          assertEquals(image.getRGB(2, 2), image.getRGB(width - 3, y), "at " + y);
        }
      }
    }
    assertTrue(brightness[0] > 200 && brightness[1] < 60, brightness[0] + ", " + brightness[1]);
  }

  /** The check above would see an error, if there was one. */
  @Test
  void page_withAnError_isNoticed() throws IOException, InterruptedException {
    Path page = Files.writeString(
        directory.resolve("bad.html"),
        page("0 a\n", "suggest").replace("</body>", "<script>x()</script></body>"));
    assertTrue(chromium("--dump-dom", page.toUri().toString()).contains("CONSOLE"));
  }

  private static long colours(BufferedImage image) {
    return java.util.stream.IntStream.range(0, image.getWidth() * image.getHeight())
        .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()))
        .distinct()
        .limit(100)
        .count();
  }
}
