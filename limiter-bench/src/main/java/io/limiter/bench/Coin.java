package io.limiter.bench;

/** A fair coin that the processor cannot predict and that costs about a nanosecond. */
final class Coin {
  private long state = 0x5DEECE66DL;

  boolean toss() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return state < 0;
  }
}
