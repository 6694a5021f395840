package io.limiter.tool;

import io.limiter.Decision;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes an answer as one JSON object on one line; {@code answer.schema.json} says what it holds. */
final class JsonReport {
  private final Answer answer;
  private final JsonWriter json = new JsonWriter();

  private JsonReport(Answer answer) {
    this.answer = answer;
  }

  /** Writes the answer. */
  static void print(Answer answer, PrintStream out) {
    JsonReport report = new JsonReport(answer);
    report.all();
    out.print(report.json + "\n");
  }

  private void all() {
    Log log = answer.log();
    json.object()
        .field("command", answer.command())
        .field("events", log.events().size());
    if (answer.command().equals("replay") && answer.columns().size() == 1) {
      Column column = answer.columns().get(0);
      json.field("admitted", column.admitted()).field("denied", column.denied());
      json.field("keys", answer.keys()).field("keys_denied", column.keysDenied());
      json.field("skipped", log.skipped());
      worst(column);
    } else {
      json.field("keys", answer.keys()).field("skipped", log.skipped());
    }
    log();
    json.name("rules").array();
    for (int i = 0; i < answer.columns().size(); i++) {
      column(
          answer.columns().get(i),
          answer.comebacks().isEmpty() ? null : answer.comebacks().get(i));
    }
    json.endArray();
    suggestions();
    json.name("warnings").array();
    answer.warnings().forEach(json::value);
    json.endArray().endObject();
  }

  private void log() {
    Log log = answer.log();
    json.name("log").object().field("by", log.by().word());
    json.name("sources").array();
    log.sources().forEach(json::value);
    json.endArray();
    json.field("left_out_by_conditions", log.filtered());
    if (!answer.isEmpty()) {
      json.field("first", log.time().text(log.events().first()));
      json.field("last", log.time().text(log.events().last()));
    }
    json.name("unreadable").array();
    for (Log.Unreadable line : log.unreadable()) {
      json.object().field("where", line.where()).field("text", line.text());
      json.field("reason", line.reason()).endObject();
    }
    json.endArray().endObject();
  }

  private void column(Column column, @Nullable Comeback comeback) {
    json.object().field("rule", column.rules().limits().canonical());
    json.field("admitted", column.admitted()).field("denied", column.denied());
    json.field("keys_denied", column.keysDenied());
    json.name("denied_by").array();
    for (int i = 0; i < column.rules().members().size(); i++) {
      json.object()
          .field("rule", Answer.member(column, i))
          .field("denied", column.deniedBy(i))
          .endObject();
    }
    json.endArray();
    worst(column);
    json.name("first_denials").array();
    for (Column.Denial denial : column.firstDenials()) {
      json.object().field("time", answer.log().time().text(denial.nanos()));
      json.field("key", key(denial.key())).field("permits", denial.permits());
      json.name("retry_after_ns");
      if (denial.retryAfterNanos() == Decision.NEVER) {
        json.none();
      } else {
        json.value(denial.retryAfterNanos());
      }
      json.field("denied_by", Answer.member(column, denial.deniedBy())).endObject();
    }
    json.endArray();
    timeline(column);
    if (comeback != null) {
      comeback(comeback);
    }
    json.endObject();
  }

  private void worst(Column column) {
    json.name("denied_key").array();
    for (Column.Offender offender : column.worst()) {
      json.object().field("key", key(offender.key())).field("count", offender.denied());
      json.field("events", offender.events()).endObject();
    }
    json.endArray();
  }

  private String key(int key) {
    return new String(answer.log().keys().key(key), StandardCharsets.UTF_8);
  }

  private void timeline(Column column) {
    json.name("timeline").object().field("span_ns", column.axis().widthNanos());
    json.name("spans").array();
    for (int i = 0; i < column.axis().spans(); i++) {
      json.object().field("start", column.axis().startText(i));
      json.field("admitted", column.admitted(i))
          .field("denied", column.denied(i))
          .endObject();
    }
    json.endArray().endObject();
  }

  private void comeback(Comeback comeback) {
    json.name("comeback").object();
    json.field(
        "patience", comeback.patience() == Comeback.Patience.ONCE ? "once" : "until admitted");
    json.field("denied_at_first", comeback.denied())
        .field("admitted_later", comeback.admittedLater());
    json.field("gave_up", comeback.gaveUp()).field("turned_away", comeback.turnedAway());
    Tally waits = comeback.waits();
    if (waits.count() > 0) {
      json.field("median_wait_s", waits.least((waits.count() + 1) / 2));
      json.field("p99_wait_s", waits.least(waits.count() - waits.count() / 100));
      json.field("longest_wait_s", waits.max());
    }
    json.field("longest_queue", comeback.longestQueue());
    json.field("waiting_at_end", comeback.waitingAtEnd());
    json.field("keys_waiting_at_end", comeback.keysWaitingAtEnd());
    json.field("drain_ns", comeback.drainNanos()).endObject();
  }

  private void suggestions() {
    Suggestions found = answer.suggestions();
    json.name("percentiles").array();
    if (found != null && found.clients() > 0) {
      for (Suggestions.Period period : found.periods()) {
        for (Share share : found.shares()) {
          json.object().field("period", period.toString()).field("share", share.toString());
          json.field("limit", found.least(period, share))
              .field("clients", found.clients())
              .endObject();
        }
      }
    }
    json.endArray().name("curve").array();
    if (found != null && found.clients() > 0) {
      for (int i = 0; i < BurstCurve.LADDER.size(); i++) {
        json.object()
            .field("rate", BurstCurve.LADDER.get(i).rate().toString())
            .name("bursts")
            .array();
        for (Share share : found.shares()) {
          long burst = found.burst(i, share);
          json.object().field("share", share.toString()).name("burst");
          if (burst == BurstCurve.UNKNOWN) {
            json.none();
          } else {
            json.value(burst);
          }
          json.endObject();
        }
        json.endArray().endObject();
      }
    }
    json.endArray().name("suggestions").array();
    if (found != null) {
      for (Suggestions.Rule rule : found.rules()) {
        json.object()
            .field("share", rule.share().toString())
            .field("rule", rule.text())
            .endObject();
      }
    }
    json.endArray();
  }
}
