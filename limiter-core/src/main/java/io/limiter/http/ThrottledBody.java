package io.limiter.http;

import io.limiter.Decision;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;

/** The body of a 429 response, as JSON on one line, in the two forms that clients know best. */
public final class ThrottledBody {
  private static final String RETRY =
      "Project exceeded rate limits. Please retry the request with exponential backoff.";

  private ThrottledBody() {}

  /**
   * {@code {"detail":"Request was throttled. Expected available in 42 seconds."}}, with the seconds
   * of Retry-After; without the second sentence where there is no such value.
   */
  public static String detail(Decision decision) {
    OptionalLong wait = Seconds.retryAfter(Objects.requireNonNull(decision, "decision"));
    if (wait.isEmpty()) {
      return "{\"detail\":\"Request was throttled.\"}";
    }
    long seconds = wait.getAsLong();
    return "{\"detail\":\"Request was throttled. Expected available in "
        + seconds
        + (seconds == 1 ? " second.\"}" : " seconds.\"}");
  }

  /**
   * The error object: {@code code} 429, {@code status} "Too Many Requests", and an {@code error} that
   * advises to back off.
   */
  public static String error() {
    return error(RETRY);
  }

  /** The error object with {@code message}, any text, as its {@code error}. */
  public static String error(String message) {
    Objects.requireNonNull(message, "message");
    StringBuilder json =
        new StringBuilder(message.length() + 64).append("{\"code\":429,\"error\":\"");
    for (int i = 0; i < message.length(); i++) {
      appendEscaped(json, message.charAt(i));
    }
    return json.append("\",\"status\":\"Too Many Requests\"}").toString();
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
}
