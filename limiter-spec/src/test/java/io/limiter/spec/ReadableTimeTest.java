package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadableTimeTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 ns",
    "999999, 999999 ns",
    "1000000, 1 ms",
    "1500000, 1.5 ms",
    "1500001, 1500001 ns (about 1.5 ms)",
    "-1500000000, -1.5 s",
    "333333334, 333333334 ns (about 333.3 ms)",
    "60000000000, 1 minute",
    "90000000000, 90 s",
    "7200000000000, 2 hours",
    "86400000000000, 1 day",
    "31536000000000000, 365 days",
    "288230376151711744, 288230376151711744 ns (about 9.1 years)",
    "9223372036854775807, 9223372036854775807 ns (about 292.4 years)",
    "-9223372036854775808, -9223372036854775808 ns (about -292.4 years)",
  })
  void span_isWrittenAsPeopleReadIt_andExact(long nanos, String text) {
    assertEquals(text, ReadableTime.of(nanos));
  }
}
