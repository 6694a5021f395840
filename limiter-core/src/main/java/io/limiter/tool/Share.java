package io.limiter.tool;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * A share of the clients, in percent.
 *
 * @param percent more than 0, at most 100
 */
record Share(BigDecimal percent) {
  private static final BigDecimal ALL = BigDecimal.valueOf(100);

  /** The shares that {@code text} says: {@code 99,99.9}. */
  static List<Share> parse(String text) throws UsageException {
    List<Share> shares = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      byte[] bytes = Bytes.of(part.strip());
      TimeParser number = new TimeParser(); // digits and a fraction, as times have
      if (bytes.length > 12 || !number.parseNumber(bytes, 0, bytes.length)) {
        throw wrong(text);
      }
      BigDecimal percent = new BigDecimal(part.strip().replace(',', '.'));
      if (percent.signum() <= 0 || percent.compareTo(ALL) > 0) {
        throw wrong(text);
      }
      shares.add(new Share(percent.stripTrailingZeros()));
    }
    return shares;
  }

  private static UsageException wrong(String text) {
    return new UsageException(
        "--spare " + text + ": write percents of the clients, such as 99,99.9");
  }

  /** How many of {@code count} that is: rounded up, so that at least this share is reached. */
  long of(long count) {
    return percent
        .multiply(BigDecimal.valueOf(count))
        .divide(ALL, 0, RoundingMode.CEILING)
        .longValueExact();
  }

  /** The number alone: {@code 99.9}. */
  @Override
  public String toString() {
    return percent.toPlainString();
  }
}
