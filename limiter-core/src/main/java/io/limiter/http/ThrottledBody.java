package io.limiter.http;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The body of the response to a denied call, as JSON on one line, with its status and its content type.
 * {@link #detail} and {@link #error()} have the two forms that clients know best; {@link
 * #quotaExceeded} and {@link #reducedCapacity} are problem details of RFC 9457.
 *
 * @param status the status code that goes with it: 429 or 503
 * @param contentType the value of Content-Type
 * @param text the body, of printable ASCII
 */
public record ThrottledBody(int status, String contentType, String text) {
  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final String TYPES = "https://iana.org/assignments/http-problem-types#";
  private static final String RETRY =
      "Project exceeded rate limits. Please retry the request with exponential backoff.";

  /** A body from its parts. */
  public ThrottledBody {
    Objects.requireNonNull(contentType, "contentType");
    Objects.requireNonNull(text, "text");
  }

  /**
   * {@code {"detail":"Request was throttled. Expected available in 42 seconds."}}, with the seconds
   * of Retry-After; without the second sentence where there is no such value.
   */
  public static ThrottledBody detail(Decision decision) {
    String expected = expected(Objects.requireNonNull(decision, "decision"));
    return new ThrottledBody(
        429,
        JSON,
        "{\"detail\":\"Request was throttled." + (expected.isEmpty() ? "" : " " + expected)
            + "\"}");
  }

  /**
   * The error object: {@code code} 429, {@code status} "Too Many Requests", and an {@code error} that
   * advises to back off.
   */
  public static ThrottledBody error() {
    return error(RETRY);
  }

  /** The error object with {@code message}, any text, as its {@code error}. */
  public static ThrottledBody error(String message) {
    Objects.requireNonNull(message, "message");
    StringBuilder json =
        new StringBuilder(message.length() + 64).append("{\"code\":429,\"error\":\"");
    for (int i = 0; i < message.length(); i++) {
      appendEscaped(json, message.charAt(i));
    }
    return new ThrottledBody(
        429, JSON, json.append("\",\"status\":\"Too Many Requests\"}").toString());
  }

  /**
   * The problem {@code quota-exceeded} of draft-ietf-httpapi-ratelimit-headers-11: the caller has used up
   * its quota. {@code violated-policies} has the names of the rules that denied, as RateLimit-Policy does.
   *
   * @param headers those of the limits that denied
   */
  public static ThrottledBody quotaExceeded(ResponseHeaders headers, DetailedDecision decision) {
    return problem(
        429,
        "quota-exceeded",
        "Request cannot be satisfied as assigned quota has been exceeded",
        headers,
        decision);
  }

  /**
   * The problem {@code temporary-reduced-capacity} of the same draft, with status 503: not the caller but
   * the server is at its limit, such as one on the calls of all callers.
   *
   * @param headers those of the limits that denied
   */
  public static ThrottledBody reducedCapacity(ResponseHeaders headers, DetailedDecision decision) {
    return problem(
        503,
        "temporary-reduced-capacity",
        "Request cannot be satisfied due to temporary server capacity constraints",
        headers,
        decision);
  }

  private static ThrottledBody problem(
      int status, String type, String title, ResponseHeaders headers, DetailedDecision decision) {
    List<String> violated = headers.violated(decision);
    String expected = expected(decision.decision());
    return new ThrottledBody(
        status,
        PROBLEM,
        "{\"type\":\"" + TYPES + type + "\",\"title\":\"" + title + "\",\"status\":" + status
            + (expected.isEmpty() ? "" : ",\"detail\":\"" + expected + "\"")
            + ",\"violated-policies\":[" + String.join(",", violated) + "]}");
  }

  private static String expected(Decision decision) {
    OptionalLong wait = Seconds.retryAfter(decision);
    if (wait.isEmpty()) {
      return "";
    }
    long seconds = wait.getAsLong();
    return "Expected available in " + seconds + (seconds == 1 ? " second." : " seconds.");
  }

  /** Escapes what JSON must, and all that is not printable ASCII: the text is then 7-bit. */
  private static void appendEscaped(StringBuilder json, char c) {
    if (c == '"' || c == '\\') {
      json.append('\\').append(c);
    } else if (c >= 0x20 && c < 0x7F) {
      json.append(c);
    } else {
      json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
    }
  }

  /** The text. */
  @Override
  public String toString() {
    return text;
  }
}
