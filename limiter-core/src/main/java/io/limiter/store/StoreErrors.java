package io.limiter.store;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;

/** Tells failures apart: the server refused the call, it was never sent, or nobody knows. */
final class StoreErrors {
  private static final int DEEPEST = 16;

  /** First words of error replies of a server that cannot carry out calls now. */
  private static final Set<String> AWAY = Set.of(
      "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY");

  /** What PostgreSQL says after {@code ERROR:} if the same statement can succeed later. */
  private static final List<String> PASSING = List.of(
      "canceling statement", "could not serialize", "deadlock detected", "read-only transaction");

  /** First words of error replies to a call that is wrong, or sent to the wrong server. */
  private static final Set<String> MISTAKES = Set.of(
      "ASK",
      "CROSSSLOT",
      "ERR",
      "ERROR:",
      "MOVED",
      "NOAUTH",
      "NOPERM",
      "NOSCRIPT",
      "TRYAGAIN",
      "WRONGPASS",
      "WRONGTYPE");

  private StoreErrors() {}

  static boolean isNoScript(Throwable failure) {
    return firstWord(refusal(failure)).equals("NOSCRIPT");
  }

  /** The failure as callers of a limiter see it. */
  static StoreException of(Throwable failure) {
    int depth = 0;
    for (Throwable each = failure; each != null && depth < DEEPEST; each = each.getCause()) {
      if (each instanceof StoreException known) {
        return known;
      }
      depth++;
    }
    String refusal = refusal(failure);
    if (!refusal.isEmpty()) {
      String word = firstWord(refusal);
      String hint =
          word.equals("CROSSSLOT") ? " (give all keys of a call one hash tag, {...})" : "";
      boolean outage = AWAY.contains(word) || PASSING.stream().anyMatch(refusal::contains);
      return new StoreException(
          "the store refused the call: " + Checks.echo(refusal) + hint, false, outage, failure);
    }
    if (isUnsent(failure)) {
      return new StoreException("the store could not be reached", false, true, failure);
    }
    return new StoreException(
        "the store did not answer; the call may have been counted", true, true, failure);
  }

  private static boolean isUnsent(Throwable failure) {
    int depth = 0;
    for (Throwable each = failure; each != null && depth < DEEPEST; each = each.getCause()) {
      if (each instanceof ConnectException
          || each instanceof NoRouteToHostException
          || each instanceof UnknownHostException) {
        return true;
      }
      depth++;
    }
    return false;
  }

  /** The error reply; empty if it was none. */
  private static String refusal(Throwable failure) {
    int depth = 0;
    for (Throwable each = failure; each != null && depth < DEEPEST; each = each.getCause()) {
      String message = each.getMessage() == null ? "" : each.getMessage();
      String word = firstWord(message);
      if (AWAY.contains(word) || MISTAKES.contains(word)) {
        return message;
      }
      depth++;
    }
    return "";
  }

  private static String firstWord(String message) {
    int space = message.indexOf(' ');
    return space < 0 ? message : message.substring(0, space);
  }
}
