package io.limiter.store;

import java.util.Objects;
import java.util.OptionalLong;

/** What the waiting limiters do, whichever store runs the scripts. */
record StoreCalls(ScriptRunner store, StoreSettings settings, OptionalLong reading) {

  StoreCalls {
    Objects.requireNonNull(store, "store");
  }

  StoreCalls with(StoreSettings other) {
    return new StoreCalls(store, other, reading);
  }

  /** By a caller's reading in microseconds since 1970 instead of the store's clock, for tests. */
  StoreCalls at(long nowMicros) {
    return new StoreCalls(store, settings, OptionalLong.of(nowMicros));
  }

  StoreDecision decide(String key, long permits) {
    if (settings.limits().isFixed()) {
      return fixed(key, permits);
    }
    ScriptExchange exchange = settings.exchange(reading, key, permits, true);
    try {
      run(exchange);
      return exchange.decision();
    } catch (StoreException e) {
      return settings.fallback(key, permits, e);
    }
  }

  StoreDecision peek(String key, long permits) {
    if (settings.limits().isFixed()) {
      return fixed(key, permits);
    }
    ScriptExchange exchange = settings.exchange(reading, key, permits, false);
    run(exchange);
    return exchange.decision();
  }

  private StoreDecision fixed(String key, long permits) {
    Checks.permits(permits);
    return settings.fixed(key);
  }

  boolean refund(StoreDecision charge, long permits) {
    Receipt receipt = StoreDecision.checked(charge, permits);
    if (receipt == Receipt.NONE || permits == 0 || !charge.use()) {
      return false;
    }
    return lower(charge.key(), settings.limits().named(receipt.id()), permits, receipt);
  }

  boolean refund(String key, long permits) {
    Checks.permits(permits);
    return !settings.limits().isFixed()
        && lower(key, settings.limits(), Math.min(permits, Long.MAX_VALUE - 1), Receipt.NONE);
  }

  boolean reset(String key) {
    return !settings.limits().isFixed()
        && lower(key, settings.limits(), Long.MAX_VALUE, Receipt.NONE);
  }

  private boolean lower(String key, StoreLimits limits, long permits, Receipt receipt) {
    ScriptExchange exchange = ScriptExchange.lower(reading, key, limits, permits, receipt);
    run(exchange);
    return exchange.changed();
  }

  private void run(ScriptExchange exchange) {
    settings.checkCircuit();
    try {
      boolean done = false;
      while (!done) {
        done = exchange.read(send(exchange.call()));
      }
      settings.circuit().succeeded();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted; the call may have been counted", true, false, e);
    } catch (Exception e) {
      throw settings.failed(e);
    }
  }

  private Object send(ScriptCall call) throws Exception {
    try {
      return store.run(call);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (StoreErrors.isNoScript(e)) {
        return store.run(RedisScript.byText(call));
      }
      throw e;
    }
  }
}
