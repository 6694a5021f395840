package io.limiter;

/** {@link System#nanoTime()}; an enum so that every limiter shares the one instance. */
enum SystemNanoClock implements NanoClock {
  INSTANCE;

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public String toString() {
    return "NanoClock.system()";
  }
}
