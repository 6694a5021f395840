package io.limiter.bench.report;

import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a rule admits of the same calls, as a picture for the guide: the calls, and how many were admitted in
 * the minute before.
 */
final class Timeline {
  /** Where the pictures are, from the top of the project. */
  static final String PICTURES = "limiter-core/pictures/";

  private static final int LEFT = 90; // x of 40 s
  private static final int FROM = 40; // s
  private static final int TO = 130;
  private static final int SCALE = 7; // pixels per second
  private static final int CALLS = 66; // y
  private static final int ZERO = 190; // y of no permits
  private static final int PERMIT = 4; // pixels

  private final StringBuilder svg = new StringBuilder();

  private Timeline() {}

  /** Ten calls before a window of the clock ends, ten after, and some more: at these seconds. */
  private static List<Integer> calls() {
    List<Integer> seconds = new ArrayList<>();
    for (int second = 50; second < 70; second++) {
      seconds.add(second);
    }
    for (int second = 73; second < TO; second += 3) {
      seconds.add(second);
    }
    return seconds;
  }

  /** The calls that {@code rule} admits: their seconds. */
  static List<Integer> admitted(String rule) {
    ManualClock clock = ManualClock.create();
    RateLimiter limiter = Limits.parse(rule).newRateLimiter(clock);
    List<Integer> admitted = new ArrayList<>();
    for (int second : calls()) {
      clock.advance(Duration.ofSeconds(second).minusNanos(clock.nanoTime()));
      if (limiter.tryAcquire()) {
        admitted.add(second);
      }
    }
    return admitted;
  }

  static String svg(String rule) {
    Timeline picture = new Timeline();
    picture.draw(rule, admitted(rule));
    return picture.svg.toString();
  }

  private static int inTheLastMinute(List<Integer> admitted, int second) {
    return (int)
        admitted.stream().filter(at -> at > second - 60 && at <= second).count();
  }

  private void draw(String rule, List<Integer> admitted) {
    int most = calls().stream()
        .mapToInt(second -> inTheLastMinute(admitted, second))
        .max()
        .orElseThrow();
    String title = rule + ": at most " + most + " in 60 seconds";
    line("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 230\" width=\"760\""
        + " height=\"230\" role=\"img\">");
    line("<title>" + title + "</title>");
    line("<style>");
    line("text { font: 12px system-ui, sans-serif; fill: #24292f }");
    line(".title { font-weight: 600; font-size: 14px }");
    line(".yes { fill: #2f6fb3 } .no { fill: #ffffff; stroke: #c4361f; stroke-width: 1.5 }");
    line(".sum { fill: #cfe0f2; stroke: #2f6fb3 }");
    line(".grid { stroke: #8c959f } .edge { stroke: #57606a; stroke-dasharray: 4 3 }");
    line("</style>");
    line("<rect width=\"760\" height=\"230\" fill=\"#ffffff\"/>");
    text(4, 18, "start", title, " class=\"title\"");
    circle(LEFT + 5, 38, true);
    text(LEFT + 15, 42, "start", "admitted", "");
    circle(LEFT + 85, 38, false);
    text(LEFT + 95, 42, "start", "denied", "");
    text(LEFT - 8, CALLS + 4, "end", "calls", "");
    for (int second : calls()) {
      circle(x(second), CALLS, admitted.contains(second));
    }
    StringBuilder sum = new StringBuilder();
    for (int second = FROM, before = 0; second <= TO; second++) {
      int now = inTheLastMinute(admitted, second);
      sum.append(' ').append(x(second)).append(',').append(ZERO - before * PERMIT);
      sum.append(' ').append(x(second)).append(',').append(ZERO - now * PERMIT);
      before = now;
    }
    line("<polygon class=\"sum\" points=\"" + x(FROM) + "," + ZERO + sum + " " + x(TO) + "," + ZERO
        + "\"/>");
    for (int permits = 0; permits <= 20; permits += 10) {
      int y = ZERO - permits * PERMIT;
      line("<line class=\"grid\" x1=\"" + x(FROM) + "\" x2=\"" + x(TO) + "\" y1=\"" + y + "\" y2=\""
          + y + "\"/>");
      text(LEFT - 8, y + 4, "end", permits + "", "");
    }
    text(4, ZERO - 56, "start", "in the", "");
    text(4, ZERO - 42, "start", "last 60 s", "");
    for (int edge = 60; edge <= 120; edge += 60) {
      line("<line class=\"edge\" x1=\"" + x(edge) + "\" x2=\"" + x(edge) + "\" y1=\"" + (CALLS - 14)
          + "\" y2=\"" + (ZERO + 6) + "\"/>");
    }
    for (int second = FROM; second <= TO; second += 10) {
      text(x(second), ZERO + 20, "middle", second + " s", "");
    }
    line("</svg>");
  }

  private static int x(int second) {
    return LEFT + (second - FROM) * SCALE;
  }

  private void circle(int x, int y, boolean yes) {
    line("<circle class=\"" + (yes ? "yes" : "no") + "\" cx=\"" + x + "\" cy=\"" + y
        + "\" r=\"3\"/>");
  }

  private void text(int x, int y, String anchor, String text, String more) {
    line("<text" + more + " x=\"" + x + "\" y=\"" + y + "\" text-anchor=\"" + anchor + "\">" + text
        + "</text>");
  }

  private void line(String text) {
    svg.append(text).append('\n');
  }

  /** Each picture by the name of its file. */
  static Map<String, String> pictures() {
    Map<String, String> pictures = new LinkedHashMap<>();
    pictures.put("gcra.svg", svg("10/minute"));
    pictures.put("fixed-window.svg", svg("10/minute fixed-window"));
    pictures.put("sliding-log.svg", svg("10/minute sliding-log"));
    return pictures;
  }

  /** Writes the pictures: {@code Timeline .} from the top of the project. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0], PICTURES);
    Files.createDirectories(directory);
    for (Map.Entry<String, String> picture : pictures().entrySet()) {
      Files.writeString(directory.resolve(picture.getKey()), picture.getValue());
    }
  }
}
