package io.limiter.tool;

import java.util.List;

/** Draws charts as SVG. Scales are of integers; a logarithm is in 1/1024 of powers of two. */
final class Chart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 240;
  private static final int LEFT = 70;
  private static final int RIGHT = 14;
  private static final int TOP = 26;
  private static final int BOTTOM = 34;
  private static final int PLOT = WIDTH - LEFT - RIGHT;
  private static final int FLOOR = HEIGHT - BOTTOM;
  private static final int UP = FLOOR - TOP;
  private static final int LOG_UNIT = 1024;

  private final StringBuilder svg = new StringBuilder();

  private Chart(String label, int width, int height, String attributes) {
    svg.append("<svg role=\"img\" viewBox=\"0 0 " + width + ' ' + height + "\" " + attributes
            + " aria-label=\"")
        .append(Html.escape(label))
        .append("\">");
  }

  /** Admitted and denied by span, as bars on each other. */
  static String timeline(Column column, String unit) {
    TimeAxis axis = column.axis();
    long most = 1;
    for (int i = 0; i < axis.spans(); i++) {
      most = Math.max(most, column.admitted(i) + column.denied(i));
    }
    Chart chart = new Chart("Requests over time", WIDTH, HEIGHT, "");
    chart.frame(Long.toString(most), "0", axis.startText(0), axis.startText(axis.spans() - 1));
    chart.text(
        LEFT, 16, "start", "requests per " + Text.exact(axis.widthNanos()) + " (" + unit + ")");
    for (int i = 0; i < axis.spans(); i++) {
      int x = LEFT + PLOT * i / axis.spans();
      int next = LEFT + PLOT * (i + 1) / axis.spans();
      int width = Math.max(1, next - x - 1);
      int all = up(column.admitted(i) + column.denied(i), most, UP);
      int denied = Math.min(all, up(column.denied(i), most, UP));
      String title = axis.startText(i) + ": " + column.admitted(i) + " admitted, "
          + column.denied(i) + " denied";
      chart.bar("admitted", x, FLOOR - all + denied, width, all - denied, title);
      chart.bar("denied", x, FLOOR - all, width, denied, title);
    }
    return chart.end();
  }

  /** The same for one key, without words. */
  static String spark(Column.Offender offender, String label) {
    int width = 240;
    int height = 30;
    int spans = offender.admittedSpans().length;
    long most = 1;
    for (int i = 0; i < spans; i++) {
      most = Math.max(most, (long) offender.admittedSpans()[i] + offender.deniedSpans()[i]);
    }
    Chart chart = new Chart(label, width, height, "class=\"spark\" preserveAspectRatio=\"none\"");
    for (int i = 0; i < spans; i++) {
      int x = width * i / spans;
      int step = Math.max(1, width * (i + 1) / spans - x);
      int all = up((long) offender.admittedSpans()[i] + offender.deniedSpans()[i], most, height);
      int denied = Math.min(all, up(offender.deniedSpans()[i], most, height));
      chart.bar("admitted", x, height - all + denied, step, all - denied, "");
      chart.bar("denied", x, height - all, step, denied, "");
    }
    return chart.end();
  }

  /** How many clients need which N per period, with lines at the limits that spare shares of them. */
  static String distribution(Suggestions found, Suggestions.Period period) {
    Tally tally = found.distribution(period);
    int buckets = 64;
    long[] counts = new long[buckets + 1];
    long top = Math.max(log(tally.max()), LOG_UNIT);
    tally.forEach((value, times) -> counts[(int) (log(value) * buckets / top)] += times);
    long most = 1;
    for (long count : counts) {
      most = Math.max(most, count);
    }
    Chart chart = new Chart("Clients by their peak per " + period, WIDTH, HEIGHT, "");
    chart.frame(Long.toString(most), "0", "1", Long.toString(tally.max()));
    chart.text(LEFT, 16, "start", "clients, by the least N/" + period + " that each needs");
    for (int i = 0; i <= buckets; i++) {
      int x = LEFT + (PLOT - 12) * i / buckets;
      // Of counts that differ by powers of ten the small ones matter too, so their height is a
      // logarithm.
      int height =
          counts[i] == 0 ? 0 : (int) (4 + (UP - 4) * log(counts[i]) / Math.max(1, log(most)));
      chart.bar("bar", x, FLOOR - height, 10, height, counts[i] + " clients");
    }
    int row = 0;
    for (Share share : found.shares()) {
      long limit = found.least(period, share);
      int x = LEFT + 5 + (int) ((PLOT - 12) * log(limit) / top);
      chart.svg.append("<line class=\"mark\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + TOP
          + "\" y2=\"" + FLOOR + "\"/>");
      boolean right = x > WIDTH - 200;
      int y = TOP + 18 + 24 * (row++ % 7); // a line of its own each, so that none covers another
      chart.text(right ? x - 5 : x + 5, y, right ? "end" : "start", share + " %: " + limit);
    }
    return chart.end();
  }

  /** For each rate of the ladder the least burst, a line per share. */
  static String curve(Suggestions found) {
    List<BurstCurve.Step> ladder = BurstCurve.LADDER;
    long top = LOG_UNIT;
    long highest = 2;
    for (int i = 0; i < ladder.size(); i++) {
      for (Share share : found.shares()) {
        long burst = found.burst(i, share);
        if (burst != BurstCurve.UNKNOWN) {
          highest = Math.max(highest, burst);
          top = Math.max(top, log(burst));
        }
      }
    }
    Chart chart = new Chart("Least burst for each rate", WIDTH, HEIGHT, "");
    int end = ladder.size() - 1;
    chart.frame(
        Long.toString(highest),
        "1",
        ladder.get(0).rate().toString(),
        ladder.get(end).rate().toString());
    chart.text(LEFT, 16, "start", "least burst, by the rate");
    chart.text(
        LEFT + PLOT * 9 / end, HEIGHT - 10, "middle", ladder.get(9).rate().toString());
    chart.text(
        LEFT + PLOT * 14 / end, HEIGHT - 10, "middle", ladder.get(14).rate().toString());
    for (int s = 0; s < found.shares().size(); s++) {
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < ladder.size(); i++) {
        long burst = found.burst(i, found.shares().get(s));
        if (burst != BurstCurve.UNKNOWN) {
          points
              .append(LEFT + PLOT * i / end)
              .append(',')
              .append(FLOOR - UP * log(burst) / top)
              .append(' ');
        }
      }
      chart.svg.append("<polyline class=\"curve s" + s % 4 + "\" points=\""
          + points.toString().strip() + "\"><title>" + found.shares().get(s)
          + " %</title></polyline>");
    }
    return chart.end();
  }

  /** 1024 times the logarithm to base 2, rounded down between powers along a line; 0 for 0 and 1. */
  static long log(long value) {
    if (value < 2) {
      return 0;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(value);
    long rest = value - (1L << exponent);
    long fraction = exponent > 10 ? rest >> exponent - 10 : rest << 10 - exponent;
    return (long) exponent * LOG_UNIT + fraction;
  }

  /** Rounded up, so that whatever happened at all is seen. */
  private static int up(long count, long most, int height) {
    return (int) (count > Long.MAX_VALUE / height ? height : (count * height + most - 1) / most);
  }

  private void frame(String top, String bottom, String first, String last) {
    svg.append("<line class=\"axis\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - RIGHT) + "\" y1=\""
        + FLOOR + "\" y2=\"" + FLOOR + "\"/>");
    svg.append("<line class=\"axis\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - RIGHT) + "\" y1=\"" + TOP
        + "\" y2=\"" + TOP + "\"/>");
    text(LEFT - 8, TOP + 5, "end", top);
    text(LEFT - 8, FLOOR + 4, "end", bottom);
    text(LEFT, HEIGHT - 10, "start", first);
    text(WIDTH - RIGHT, HEIGHT - 10, "end", last);
  }

  private void bar(String style, int x, int y, int width, int height, String title) {
    if (height > 0) {
      svg.append("<rect class=\"" + style + "\" x=\"" + x + "\" y=\"" + y + "\" width=\"" + width
          + "\" height=\"" + height + "\"");
      svg.append(title.isEmpty() ? "/>" : "><title>" + Html.escape(title) + "</title></rect>");
    }
  }

  private void text(int x, int y, String anchor, String text) {
    svg.append("<text x=\"" + x + "\" y=\"" + y + "\" text-anchor=\"" + anchor + "\">")
        .append(Html.escape(text))
        .append("</text>");
  }

  private String end() {
    return svg.append("</svg>").toString();
  }
}
