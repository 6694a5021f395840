package io.limiter.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Writes an answer as one page that needs nothing else: no network and no script; light or dark as the
 * reader's system is.
 */
final class HtmlReport {
  private static final String STYLE = "page.css";
  private static final int KEY_WIDTH = 80;

  private final Answer answer;
  private final Log log;
  private final PrintStream out;

  private HtmlReport(Answer answer, PrintStream out) {
    this.answer = answer;
    this.log = answer.log();
    this.out = out;
  }

  /** Writes the answer. */
  static void print(Answer answer, PrintStream out) throws IOException {
    new HtmlReport(answer, out).page();
  }

  private void page() throws IOException {
    String title = answer.command().equals("suggest")
        ? "Which limit to set"
        : "What the limits would have done";
    out.print("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        + "<title>" + title + "</title>\n<style>\n" + style() + "</style>\n</head>\n<body>\n");
    out.print(
        "<h1>" + title + "</h1>\n<p class=\"note\">" + Html.escape(answer.source()) + "</p>\n");
    if (!answer.warnings().isEmpty()) {
      out.print("<ul class=\"warnings\">\n");
      answer.warnings().forEach(warning -> out.print("<li>" + Html.escape(warning) + "</li>\n"));
      out.print("</ul>\n");
    }
    summary();
    if (answer.suggestions() != null && answer.suggestions().clients() > 0) {
      suggestions(answer.suggestions());
    }
    for (int i = 0; i < answer.columns().size(); i++) {
      column(i);
    }
    sources();
    out.print("</body>\n</html>\n");
  }

  private static String style() throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(STYLE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void summary() {
    out.print("<dl>\n");
    fact("requests", Long.toString(log.events().size()));
    if (!log.by().isAll()) {
      fact(log.by().word() + "s", Long.toString(answer.keys()));
    }
    if (!answer.isEmpty()) {
      fact("first", log.time().text(log.events().first()));
      fact("last", log.time().text(log.events().last()));
    }
    fact("lines skipped", Long.toString(log.skipped()));
    out.print("</dl>\n");
    if (!answer.columns().isEmpty() && !answer.isEmpty()) {
      out.print("<h2>" + (answer.command().equals("suggest") ? "Rules worth trying" : "Rules")
          + "</h2>\n");
      boolean spares = answer.command().equals("suggest");
      String keys = log.by().isAll() ? "keys" : log.by().word() + "s";
      out.print("<div class=\"wide\"><table>\n<tr><th>rule</th>" + (spares ? "<th>spares</th>" : "")
          + "<th>requests denied</th><th>%</th><th>" + keys + " denied</th><th>%</th></tr>\n");
      for (int i = 0; i < answer.columns().size(); i++) {
        Column column = answer.columns().get(i);
        out.print("<tr><td class=\"l\"><a href=\"#rule" + (i + 1) + "\"><code>"
            + Html.escape(rule(column))
            + "</code></a></td>"
            + (spares
                ? cell(
                    Objects.requireNonNull(answer.suggestions()).rules().get(i).share() + " %")
                : "")
            + cell(column.denied())
            + cell(Text.percent(column.denied(), log.events().size()))
            + cell(column.keysDenied()) + cell(Text.percent(column.keysDenied(), answer.keys()))
            + "</tr>\n");
      }
      out.print("</table></div>\n");
    }
  }

  private static String rule(Column column) {
    return column.rules().limits().canonical();
  }

  private void fact(String name, String value) {
    out.print("<div><dt>" + name + "</dt><dd>" + Html.escape(value) + "</dd></div>\n");
  }

  private static String cell(long number) {
    return cell(Long.toString(number));
  }

  private static String cell(String text) {
    return "<td>" + Html.escape(text) + "</td>";
  }

  private void suggestions(Suggestions found) {
    String keys = log.by().isAll() ? "keys" : log.by().word() + "s";
    out.print("<h2>The least limit that denies no request of so many " + keys + "</h2>\n"
        + "<div class=\"wide\"><table>\n<tr><th>" + keys + "</th>");
    found.periods().forEach(period -> out.print("<th>N/" + period + "</th>"));
    out.print("</tr>\n");
    for (Share share : found.shares()) {
      out.print("<tr><td>" + share + " %</td>");
      found.periods().forEach(period -> out.print(cell(found.least(period, share))));
      out.print("</tr>\n");
    }
    out.print("</table></div>\n<h2>How much each of the " + keys + " needs</h2>\n");
    for (Suggestions.Period period : found.periods()) {
      out.print("<figure>" + Chart.distribution(found, period) + "</figure>\n");
    }
    out.print(
        "<p class=\"note\">Both axes are logarithmic. The dashed lines are the limits of the table.</p>\n"
            + "<h2>Rate against burst</h2>\n<figure>" + Chart.curve(found)
            + "<figcaption>The least burst with which each rate spares ");
    for (int i = 0; i < found.shares().size(); i++) {
      out.print("<span class=\"swatch\" style=\"background:var(--s" + i % 4 + ")\"></span>"
          + found.shares().get(i) + " %");
    }
    out.print(" of the " + keys + ". Both axes are logarithmic.</figcaption></figure>\n");
  }

  private void column(int number) {
    Column column = answer.columns().get(number);
    out.print(
        "<h2 id=\"rule" + (number + 1) + "\"><code>" + Html.escape(rule(column)) + "</code></h2>\n"
            + "<p>" + column.admitted() + " admitted, " + column.denied() + " denied</p>\n<figure>"
            + Chart.timeline(column, log.time().calendar() ? "UTC" : "seconds of the log")
            + "<figcaption><span class=\"swatch\" style=\"background:var(--admitted)\"></span>admitted"
            + "<span class=\"swatch\" style=\"background:var(--denied)\"></span>denied</figcaption></figure>\n");
    if (!answer.comebacks().isEmpty()) {
      comeback(answer.comebacks().get(number));
    }
    int members = column.rules().members().size();
    if (column.denied() > 0 && members > 1) {
      out.print("<h3>Denied by each rule</h3>\n<div class=\"wide\"><table>\n");
      for (int i = 0; i < members; i++) {
        out.print("<tr><td><code>" + Html.escape(Answer.member(column, i)) + "</code></td>"
            + cell(column.deniedBy(i)) + "</tr>\n");
      }
      out.print("</table></div>\n");
    }
    if (column.denied() > 0 && !log.by().isAll()) {
      offenders(column.worst());
    }
  }

  private void comeback(Comeback comeback) {
    out.print("<h3>If denied requests came back "
        + (comeback.patience() == Comeback.Patience.ONCE ? "once" : "until admitted") + "</h3>\n<p>"
        + comeback.admittedLater() + " of " + comeback.denied() + " would be admitted later, "
        + (comeback.gaveUp() + comeback.turnedAway()) + " never"
        + (comeback.waits().count() == 0
            ? ""
            : "; the longest wait would be "
                + Text.waiting(comeback.waits().max() * Calendar.NANOS_PER_SECOND))
        + ". When the log ends, " + comeback.waitingAtEnd()
        + (comeback.waitingAtEnd() == 1 ? " request" : " requests") + " would still wait"
        + (comeback.waitingAtEnd() == 0
            ? ""
            : ", the last for " + Text.waiting(comeback.drainNanos()))
        + ".</p>\n");
  }

  private void offenders(List<Column.Offender> worst) {
    out.print("<h3>Worst offenders</h3>\n<div class=\"wide\"><table>\n<tr><th>"
        + log.by().word() + "</th><th>denied</th><th>of</th><th>%</th><th>over time</th></tr>\n");
    for (Column.Offender offender : worst) {
      String key = log.keyText(offender.key(), KEY_WIDTH);
      out.print("<tr><td class=\"l key\">" + Html.escape(key) + "</td>" + cell(offender.denied())
          + cell(offender.events()) + cell(Text.percent(offender.denied(), offender.events()))
          + "<td>" + Chart.spark(offender, "Requests of " + key + " over time") + "</td></tr>\n");
    }
    out.print("</table></div>\n");
  }

  private void sources() {
    out.print("<h2>What was read</h2>\n<ul>\n");
    log.sources().forEach(source -> out.print("<li>" + Html.escape(source) + "</li>\n"));
    out.print("</ul>\n");
    if (log.filtered() > 0) {
      out.print(
          "<p>" + log.filtered() + " events were left out by --where, --since or --until.</p>\n");
    }
    if (log.skipped() > 0) {
      out.print("<p>" + log.skipped()
          + (log.skipped() == 1 ? " line was skipped:" : " lines were skipped; the first of them:")
          + "</p>\n<ul>\n");
      for (Log.Unreadable line : log.unreadable()) {
        out.print("<li>" + Html.escape(line.where() + ": " + line.reason()) + "<br><code>"
            + Html.escape(line.text()) + "</code></li>\n");
      }
      out.print("</ul>\n");
    }
  }
}
