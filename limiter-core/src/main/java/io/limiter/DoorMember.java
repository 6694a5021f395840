package io.limiter;

import org.jspecify.annotations.Nullable;

/** A rate limiter with a door of its own as a member: it gives back by receipts, and tells of room. */
interface DoorMember extends Member {
  @Override
  WaitableLimiter limiter();

  @Override
  default RateLimiter rate() {
    return limiter();
  }

  @Override
  default NanoClock clock() {
    return limiter().clock();
  }

  @Override
  default @Nullable Reservation reserve(long date, long permits) {
    Reservation charge = limiter().reserveAt(date, permits, 0);
    return charge.granted() ? charge : null;
  }

  @Override
  default boolean isDated() {
    return true;
  }

  @Override
  default void watch(Door door) {
    limiter().door().watch(door);
  }

  @Override
  default void unwatch(Door door) {
    limiter().door().unwatch(door);
  }
}
