package io.limiter.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Horizontal bars in groups, as SVG with a background of its own, legible on any page. */
final class Chart {
  private static final int LABELS = 190;
  private static final int WIDTH = 760;
  private static final int BAR = 15;

  private final String title;
  private final List<String> series;
  private final boolean logarithmic;
  private final Map<String, double[]> groups = new LinkedHashMap<>();

  Chart(String title, boolean logarithmic, List<String> series) {
    this.title = title;
    this.logarithmic = logarithmic;
    this.series = series;
  }

  /** Adds a group: one value a series, NaN if there is none. */
  void add(String name, double... values) {
    groups.put(name, values);
  }

  String svg() {
    double largest = groups.values().stream()
        .flatMapToDouble(java.util.Arrays::stream)
        .filter(value -> !Double.isNaN(value))
        .max()
        .orElse(1);
    double smallest = groups.values().stream()
        .flatMapToDouble(java.util.Arrays::stream)
        .filter(value -> value > 0)
        .min()
        .orElse(1);
    int group = series.size() * BAR + 12;
    int top = series.size() > 1 ? 56 : 36;
    int height = top + groups.size() * group + 6;
    StringBuilder svg = new StringBuilder();
    svg.append(String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
        <title>%s</title>
        <style>
        text { font: 12px system-ui, sans-serif; fill: #24292f }
        .title { font-weight: 600; font-size: 14px }
        .s0 { fill: #2f6fb3 } .s1 { fill: #c46a1f } .s2 { fill: #4b8b4b } .s3 { fill: #8a5fa8 }
        </style>
        <rect width="%d" height="%d" fill="#ffffff"/>
        <text class="title" x="4" y="18">%s</text>
        """,
        WIDTH,
        height,
        WIDTH,
        height,
        escape(title),
        WIDTH,
        height,
        escape(title)));
    for (int i = 0; i < series.size() && series.size() > 1; i++) {
      int x = LABELS + i * 130;
      svg.append(String.format(
          "<rect class=\"s%d\" x=\"%d\" y=\"32\" width=\"12\" height=\"12\"/>"
              + "<text x=\"%d\" y=\"42\">%s</text>%n".replace("%n", "\n"),
          i,
          x,
          x + 18,
          escape(series.get(i))));
    }
    int y = top;
    for (Map.Entry<String, double[]> entry : groups.entrySet()) {
      svg.append(String.format(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
          LABELS - 8, y + series.size() * BAR / 2 + 4, escape(entry.getKey())));
      for (int i = 0; i < entry.getValue().length; i++) {
        double value = entry.getValue()[i];
        if (!Double.isNaN(value)) {
          double part = logarithmic
              ? (Math.log(value / smallest) + 0.3) / (Math.log(largest / smallest) + 0.3)
              : value / largest;
          long width = Math.max(1, Math.round(part * (WIDTH - LABELS - 70)));
          svg.append(String.format(
              "<rect class=\"s%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
                  + "<text x=\"%d\" y=\"%d\">%s</text>\n",
              i,
              LABELS,
              y + i * BAR,
              width,
              BAR - 2,
              LABELS + width + 5,
              y + i * BAR + 11,
              Page.number(value)));
        }
      }
      y += group;
    }
    return svg.append("</svg>\n").toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
