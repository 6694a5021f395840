package io.limiter.store;

import java.util.List;

/**
 * What {@link StoreLimiter#postgres} needs in the database: a table, {@code limiter}, and two functions.
 *
 * <p>Run {@link #statements} once, for example in a migration, and {@link #sweep} now and then. The table is
 * unlogged: it is fast, and a crash of the server forgets it. {@code ALTER TABLE limiter SET LOGGED} makes it
 * remember.
 *
 * <p><b>Transactions.</b> Call the limiter with autocommit, at READ COMMITTED, on a connection of its own.
 * Inside a transaction of yours an admission would hold the row until that ends, and a roll-back would undo
 * it.
 */
public final class PostgresSchema {
  // The functions are the scripts of RedisScript again, in integers.
  private static final String TABLE = """
          CREATE UNLOGGED TABLE IF NOT EXISTS limiter (
            key text PRIMARY KEY,
            value text NOT NULL, -- what StoreLimits reads and writes; empty: absent
            forget bigint NOT NULL -- when the row may be deleted, in microseconds since 1970
          ) WITH (fillfactor = 50)
          """;

  private static final String TAKE = """
          CREATE OR REPLACE FUNCTION limiter_take(wanted text, arguments text) RETURNS text
          LANGUAGE plpgsql AS $limiter$
          DECLARE
            a text[] := string_to_array(arguments, '|');
            own boolean := a[1] = ''; -- whose clock counts
            take boolean := a[2] = '1';
            may boolean := a[2] <> '0';
            rates int := a[7]::int;
            stored text; forgotten bigint; v text[]; version bigint; lost boolean; now bigint;
            writing boolean; admitted boolean; stepped boolean; high bigint; until_then bigint;
            words bigint[]; lowered bigint[]; till bigint; since bigint;
            o int; w bigint; f bigint; sw bigint; sf bigint;
          BEGIN
            LOOP
              -- First without a lock, as a denial writes nothing; then again with the row locked.
              FOR pass IN 1..2 LOOP
                IF pass = 2 THEN
                  INSERT INTO limiter (key, value, forget) VALUES (wanted, '', 0) ON CONFLICT DO NOTHING;
                  SELECT l.value, l.forget INTO stored, forgotten FROM limiter l WHERE l.key = wanted FOR UPDATE;
                  EXIT WHEN NOT FOUND; -- it was swept meanwhile: from the start
                ELSE
                  SELECT l.value, l.forget INTO stored, forgotten FROM limiter l WHERE l.key = wanted;
                END IF;
                now := CASE WHEN own THEN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                            ELSE a[1]::bigint END;
                IF stored = '' OR own AND forgotten <= now THEN
                  stored := NULL;
                END IF;
                writing := false;
                IF stored = a[5] THEN
                  stored := a[6];
                  writing := may;
                END IF;
                v := string_to_array(stored, ' ');
                IF v[1] <> a[3] THEN
                  RETURN '-1|' || now || '|' || stored;
                END IF;
                version := coalesce(v[2]::bigint, 0);
                lost := a[4]::bigint > version; -- the store lost what this caller saw: it is reminded
                IF lost THEN
                  version := a[4]::bigint;
                END IF;
                admitted := true;
                stepped := false;
                high := 0;
                words := '{}';
                lowered := array_fill(0::bigint, ARRAY[2 * rates]);
                till := coalesce(v[3 + 2 * rates]::bigint, 0);
                since := v[4 + 2 * rates]::bigint;
                IF till > now THEN
                  lowered := v[5 + 2 * rates : 4 + 4 * rates]::bigint[];
                ELSE
                  till := 0;
                  since := now;
                END IF;
                FOR i IN 1..rates LOOP
                  o := 9 * i - 1;
                  w := coalesce(v[2 * i + 1]::bigint, 0);
                  f := coalesce(v[2 * i + 2]::bigint, 0);
                  IF lost AND (w, f) < (a[o + 3]::bigint, a[o + 4]::bigint) THEN
                    w := a[o + 3]::bigint;
                    f := a[o + 4]::bigint;
                  END IF;
                  IF own AND (w, f) > (now + a[o + 1]::bigint, a[o + 2]::bigint) THEN
                    stepped := true; -- the clock stepped back: empty as of now, not locked until then
                    high := greatest(high, w + 1);
                    lowered[2 * i - 1] :=
                        least(lowered[2 * i - 1] + w - now - a[o + 1]::bigint + 1, 4503599627370496);
                    w := now + a[o + 1]::bigint;
                    f := a[o + 2]::bigint;
                    writing := may;
                  END IF;
                  admitted := admitted AND (w, f) <= (now + a[o + 7]::bigint, a[o + 8]::bigint);
                  words := words || w || f;
                END LOOP;
                IF stepped THEN
                  till := greatest(till, high);
                END IF;
                IF take AND admitted THEN
                  writing := true;
                  FOR i IN 1..rates LOOP
                    o := 9 * i - 1;
                    w := words[2 * i - 1];
                    f := words[2 * i];
                    IF w < now THEN
                      w := now;
                      f := 0;
                    END IF;
                    f := f + a[o + 6]::bigint;
                    words[2 * i - 1] := w + a[o + 5]::bigint + f / a[o]::bigint;
                    words[2 * i] := f % a[o]::bigint;
                  END LOOP;
                END IF;
                IF writing AND pass = 1 THEN
                  CONTINUE;
                END IF;
                IF writing THEN
                  version := version + 1;
                  until_then := till;
                  FOR i IN 1..rates LOOP
                    until_then := greatest(until_then, words[2 * i - 1] + (words[2 * i] > 0)::int);
                  END LOOP;
                  UPDATE limiter l
                  SET value = a[3] || ' ' || version || ' ' || array_to_string(words, ' ')
                          || CASE WHEN till > 0
                               THEN ' ' || till || ' ' || since || ' ' || array_to_string(lowered, ' ')
                               ELSE '' END,
                      forget = until_then
                  WHERE l.key = wanted;
                END IF;
                RETURN admitted::int || '|' || now || '|' || version || '|' || array_to_string(words, '|')
                    || CASE WHEN till > 0 THEN '|' || since || '|' || array_to_string(lowered, '|') ELSE '' END;
              END LOOP;
            END LOOP;
          END
          $limiter$
          """;

  private static final String LOWER = """
          CREATE OR REPLACE FUNCTION limiter_lower(wanted text, arguments text) RETURNS text
          LANGUAGE plpgsql AS $limiter$
          DECLARE
            a text[] := string_to_array(arguments, '|');
            rates int := a[5]::int;
            stored text; v text[]; version bigint; now bigint;
            words bigint[]; lowered bigint[]; till bigint; since bigint; same boolean;
            changed boolean := false;
            o int; n bigint; w bigint; f bigint; g bigint; h bigint;
            bw bigint; bf bigint; lw bigint; lf bigint;
          BEGIN
            SELECT l.value INTO stored FROM limiter l WHERE l.key = wanted FOR UPDATE;
            now := CASE WHEN a[1] = '' THEN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                        ELSE a[1]::bigint END;
            IF stored IS NULL OR stored = '' THEN
              RETURN '0|' || now;
            END IF;
            v := string_to_array(stored, ' ');
            IF v[1] <> a[2] THEN
              RETURN '-1|' || now || '|' || stored;
            END IF;
            version := v[2]::bigint;
            IF a[3] <> '' AND a[3]::bigint > version THEN
              RETURN '0|' || now; -- the store lost the charge
            END IF;
            words := v[3 : 2 + 2 * rates]::bigint[];
            till := coalesce(v[3 + 2 * rates]::bigint, 0);
            IF till > now THEN
              since := v[4 + 2 * rates]::bigint;
              lowered := v[5 + 2 * rates : 4 + 4 * rates]::bigint[];
            ELSE
              till := 0;
              since := now;
              lowered := array_fill(0::bigint, ARRAY[2 * rates]);
            END IF;
            same := since = a[4]::bigint;
            FOR i IN 1..rates LOOP
              o := 7 * i - 1;
              n := a[o]::bigint;
              w := words[2 * i - 1];
              f := words[2 * i];
              g := lowered[2 * i - 1];
              h := lowered[2 * i];
              till := greatest(till, w + (f > 0)::int);
              bw := w - now; -- the backlog
              bf := f;
              IF bw < 0 THEN
                bw := 0;
                bf := 0;
              END IF;
              IF a[3] <> '' THEN
                lw := a[o + 3]::bigint - now - g; -- what the charge still weighs
                lf := a[o + 4]::bigint - h;
                IF same THEN
                  lw := lw + a[o + 5]::bigint;
                  lf := lf + a[o + 6]::bigint;
                END IF;
                IF lf < 0 THEN
                  lw := lw - 1;
                  lf := lf + n;
                ELSIF lf >= n THEN
                  lw := lw + 1;
                  lf := lf - n;
                END IF;
                IF lw < 0 THEN
                  lw := 0;
                  lf := 0;
                END IF;
                IF (lw, lf) < (bw, bf) THEN
                  bw := lw;
                  bf := lf;
                END IF;
              END IF;
              IF (a[o + 1]::bigint, a[o + 2]::bigint) < (bw, bf) THEN
                bw := a[o + 1]::bigint;
                bf := a[o + 2]::bigint;
              END IF;
              changed := changed OR bw > 0 OR bf > 0;
              w := w - bw;
              f := f - bf;
              IF f < 0 THEN
                w := w - 1;
                f := f + n;
              END IF;
              g := g + bw + (h + bf) / n;
              h := (h + bf) % n;
              IF g >= 4503599627370496 THEN
                RETURN '0|' || now; -- 142 years of permits given back: no more until they are forgotten
              END IF;
              words[2 * i - 1] := w;
              words[2 * i] := f;
              lowered[2 * i - 1] := g;
              lowered[2 * i] := h;
            END LOOP;
            IF NOT changed THEN
              RETURN '0|' || now;
            END IF;
            UPDATE limiter l
            SET value = a[2] || ' ' || (version + 1) || ' ' || array_to_string(words, ' ')
                || ' ' || till || ' ' || since || ' ' || array_to_string(lowered, ' ')
            WHERE l.key = wanted; -- forget stays: it is at least till
            RETURN '1|' || now;
          END
          $limiter$
          """;

  private PostgresSchema() {}

  /** The statements that create the table and the functions, or replace the functions. Unmodifiable. */
  public static List<String> statements() {
    return List.of(TABLE, TAKE, LOWER);
  }

  /** The statement that deletes the rows of fresh keys: {@code DELETE FROM limiter WHERE ...}. */
  public static String sweep() {
    return "DELETE FROM limiter"
        + " WHERE forget < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
  }

  /** Runs a statement for each script; the reply is a text with bars. */
  static ScriptRunner scripts(StatementRunner postgres) {
    return call -> {
      if (call.keys().size() != 1) {
        throw new IllegalStateException("ERR several keys in one call need Redis");
      }
      boolean takes = call.script().equals(RedisScript.TAKE.digest());
      String reply = postgres.run(
          takes ? "SELECT limiter_take(?, ?)" : "SELECT limiter_lower(?, ?)",
          call.keys().get(0),
          String.join("|", call.arguments()));
      return List.of(reply.split("\\|", -1));
    };
  }
}
