package io.limiter.http;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads the three forms of a date in HTTP, RFC 9110 5.6.7: {@code Sun, 06 Nov 1994 08:49:37 GMT},
 * {@code Sunday, 06-Nov-94 08:49:37 GMT} and {@code Sun Nov  6 08:49:37 1994}. The day of the week is
 * not compared with the date.
 */
final class HttpDate {
  /** One letter for each character of a field; what is no field stands for itself. */
  private static final String FIXED = ", DD LLL YYYY hh:mm:ss GMT";

  private static final String RFC_850 = ", DD-LLL-YY hh:mm:ss GMT";
  private static final String ASCTIME = " LLL DD hh:mm:ss YYYY";

  private static final List<String> DAYS =
      List.of("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday");
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final long LAST_SECOND = 253_402_300_799L; // of the year 9999

  private final String text; // without the day of the week
  private final String form;

  private HttpDate(String text, String form) {
    this.text = text;
    this.form = form;
  }

  /** The seconds since the epoch; empty if {@code text} is no date. {@code now} tells centuries. */
  static OptionalLong epochSecond(String text, Instant now) {
    for (String day : DAYS) {
      if (text.startsWith(day)) {
        return new HttpDate(text.substring(day.length()), RFC_850).epochSecond(now);
      }
      if (text.startsWith(day.substring(0, 3))) {
        String rest = text.substring(3);
        return new HttpDate(rest, rest.startsWith(",") ? FIXED : ASCTIME).epochSecond(now);
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong epochSecond(Instant now) {
    if (!fits()) {
      return OptionalLong.empty();
    }
    int month = month();
    int year = year(now);
    int day = number('D');
    int second = number('s'); // 60 is a leap second, and counts as the first of the next minute
    if (month < 1
        || day < 1
        || day > YearMonth.of(year, month).lengthOfMonth()
        || number('h') > 23
        || number('m') > 59
        || second > 60) {
      return OptionalLong.empty();
    }
    long minute = LocalDate.of(year, month, day)
        .atTime(LocalTime.of(number('h'), number('m')))
        .toEpochSecond(ZoneOffset.UTC);
    return OptionalLong.of(minute + second);
  }

  private boolean fits() {
    if (text.length() != form.length()) {
      return false;
    }
    for (int i = 0; i < form.length(); i++) {
      char c = text.charAt(i);
      boolean fits = switch (form.charAt(i)) {
        case 'L' -> true; // looked up
        case 'D' -> isDigit(c) || c == ' ' && form.equals(ASCTIME) && form.charAt(i - 1) == ' ';
        case 'Y', 'h', 'm', 's' -> isDigit(c);
        default -> c == form.charAt(i);
      };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The digits at the places of {@code field}; a space counts as nothing. */
  private int number(char field) {
    int number = 0;
    for (int i = form.indexOf(field); i <= form.lastIndexOf(field); i++) {
      number = text.charAt(i) == ' ' ? number : number * 10 + text.charAt(i) - '0';
    }
    return number;
  }

  /** 1 to 12, or less if there is no such month. */
  private int month() {
    int from = form.indexOf('L');
    int index = MONTHS.indexOf(text.substring(from, from + 3));
    return index % 3 == 0 ? index / 3 + 1 : 0;
  }

  /** Two digits name the latest such year that is at most 50 years ahead. */
  private int year(Instant now) {
    int year = number('Y');
    if (!form.equals(RFC_850)) {
      return year;
    }
    long second = Math.max(0, Math.min(now.getEpochSecond(), LAST_SECOND));
    int last = LocalDate.ofEpochDay(second / 86_400).getYear() + 50;
    return last - Math.floorMod(last - year, 100);
  }
}
