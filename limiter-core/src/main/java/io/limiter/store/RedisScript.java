package io.limiter.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The scripts. They only add and compare whole numbers below 2^53, which a Lua number holds exactly;
 * every product k*T is among the arguments. They are {@link StoreLimits} again: see {@link StoredValue} for
 * the text that is stored.
 */
record RedisScript(String text, String digest) {

  /** Takes, or looks. */
  static final RedisScript TAKE = of("""
          -- KEYS[1]: 'id version w f [w f ...] [till since g h [g h ...]]', absent if fresh
          -- ARGV: 1 the reading in microseconds, '' for the server's clock; 2 '1' take, '0' look, '2' look,
          --   but store a change; 3 id; 4 version that the caller saw last; 5, 6 a value of earlier limits
          --   and what it becomes;
          --   7 rates; for each rate from 8 on: n, B*T, the word seen last, k*T, (B-k)*T, all but n pairs
          -- Reply {1 admitted or 0 denied, now, version, w, f, ..., [since, g, h, ...]},
          --   or {-1, now, value} if the value has other limits
          local now = tonumber(ARGV[1])
          local own = not now
          if own then
            local time = redis.call('TIME')
            now = time[1] * 1000000 + time[2]
          end
          local take, may = ARGV[2] == '1', ARGV[2] ~= '0'
          local id, rates = ARGV[3], tonumber(ARGV[7])
          local stored = redis.call('GET', KEYS[1])
          local write = false
          if stored and stored == ARGV[5] then
            stored, write = ARGV[6], may
          end
          local version, at = 0, nil -- at: where the next number of the value begins
          if stored then
            local number
            if string.find(stored, id, 1, true) == 1 then
              number, at = string.match(stored, '^ (%d+)()', #id + 1)
            end
            if not number then
              if not string.find(stored, ' ', 1, true) then
                return redis.error_reply('ERR the key holds a value that no limiter stored')
              end
              return {-1, now, stored}
            end
            version = tonumber(number)
          end
          local seen = tonumber(ARGV[4])
          local lost = seen > version -- the store lost what this caller saw: it is reminded
          if lost then
            version = seen
          end
          local reply = {1, now, version}
          local steps, high = nil, 0 -- by how much a clock that stepped back lowers the words
          for i = 1, rates do
            local a, w, f = 9 * i - 1, 0, 0
            if at then
              w, f, at = string.match(stored, '^ (%d+) (%d+)()', at)
              w, f = tonumber(w), tonumber(f)
            end
            if lost then
              local sw, sf = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
              if w < sw or w == sw and f < sf then
                w, f = sw, sf
              end
            end
            if own then
              local bw, bf = now + ARGV[a + 1], tonumber(ARGV[a + 2])
              if w > bw or w == bw and f > bf then -- empty as of now, not locked until then
                steps = steps or {}
                steps[i], high = w - bw + 1, math.max(high, w + 1)
                w, f, write = bw, bf, may
              end
            end
            local sw = now + ARGV[a + 7]
            if w > sw or w == sw and f > tonumber(ARGV[a + 8]) then
              reply[1] = 0
            end
            reply[2 * i + 2], reply[2 * i + 3] = w, f
          end
          local till, since, lowered = nil, nil, nil
          if at and at <= #stored then
            local number = string.gmatch(string.sub(stored, at), '%d+')
            till, since = tonumber(number()), tonumber(number())
            if till > now then
              lowered = {}
              for i = 1, 2 * rates do
                lowered[i] = tonumber(number())
              end
            end
          end
          if steps then
            if not lowered then
              till, since, lowered = 0, now, {}
              for i = 1, 2 * rates do
                lowered[i] = 0
              end
            end
            till = math.max(till, high)
            for i, step in pairs(steps) do
              lowered[2 * i - 1] = math.min(lowered[2 * i - 1] + step, 4503599627370496)
            end
          end
          if take and reply[1] == 1 then
            write = true
            for i = 1, rates do
              local a, w, f = 9 * i - 1, reply[2 * i + 2], reply[2 * i + 3]
              if w < now then
                w, f = now, 0
              end
              w, f = w + ARGV[a + 5], f + ARGV[a + 6]
              local n = tonumber(ARGV[a])
              if f >= n then
                w, f = w + 1, f - n
              end
              reply[2 * i + 2], reply[2 * i + 3] = w, f
            end
          end
          if write then
            reply[3] = version + 1
            local value = id .. string.format(string.rep(' %.0f', 2 * rates + 1), unpack(reply, 3))
            local forget = 0
            for i = 1, rates do
              local w, f = reply[2 * i + 2], reply[2 * i + 3]
              forget = math.max(forget, f > 0 and w + 1 or w)
            end
            if lowered then
              local tail = string.rep(' %.0f', 2 * rates + 2)
              value = value .. string.format(tail, till, since, unpack(lowered))
              forget = math.max(forget, till)
            end
            -- in ms, rounded up; one more, as the server counts from before it read its clock for us
            local live = math.max(math.floor((forget - now) / 1000), 0) + 2
            if not own then
              live = live + 60000 -- callers' clocks may lag
            end
            redis.call('SET', KEYS[1], value, 'PX', string.format('%.0f', live))
          end
          if lowered then
            reply[2 * rates + 4] = since
            for i = 1, 2 * rates do
              reply[2 * rates + 4 + i] = lowered[i]
            end
          end
          return reply
          """);

  /** Gives back. */
  static final RedisScript LOWER = of("""
          -- KEYS[1]: as the script that takes has it
          -- ARGV: 1 the reading in microseconds, '' for the server's clock; 2 id; 3 version that the charge
          --   wrote, '' for a gift; 4 since of the charge; 5 rates; for each rate from 6 on: n, the most to
          --   give back, TAT after the charge, what had been given back then, all but n pairs
          -- Reply {1 if something was given back, or 0, now}, or {-1, now, value} if the value has other limits
          local now = tonumber(ARGV[1])
          if not now then
            local time = redis.call('TIME')
            now = time[1] * 1000000 + time[2]
          end
          local stored = redis.call('GET', KEYS[1])
          if not stored then
            return {0, now}
          end
          local space = string.find(stored, ' ', 1, true)
          if not space then
            return redis.error_reply('ERR the key holds a value that no limiter stored')
          end
          if string.sub(stored, 1, space - 1) ~= ARGV[2] then
            return {-1, now, stored}
          end
          local number = string.gmatch(string.sub(stored, space), '%d+')
          local version, rates = tonumber(number()), tonumber(ARGV[5])
          local charge = tonumber(ARGV[3])
          if charge and charge > version then
            return {0, now} -- the store lost the charge
          end
          local words = {}
          for i = 1, 2 * rates do
            words[i] = tonumber(number())
          end
          local till, since, lowered = number(), nil, {}
          if till then
            till, since = tonumber(till), tonumber(number())
            for i = 1, 2 * rates do
              lowered[i] = tonumber(number())
            end
          end
          if not till or till <= now then
            till, since = 0, now
            for i = 1, 2 * rates do
              lowered[i] = 0
            end
          end
          local same = since == tonumber(ARGV[4])
          local changed = false
          for i = 1, rates do
            local a, w, f = 7 * i - 1, words[2 * i - 1], words[2 * i]
            local g, h = lowered[2 * i - 1], lowered[2 * i]
            local n = tonumber(ARGV[a])
            till = math.max(till, f > 0 and w + 1 or w)
            local bw, bf = w - now, f -- the backlog
            if bw < 0 then
              bw, bf = 0, 0
            end
            if charge then
              local lw, lf = ARGV[a + 3] - now - g, ARGV[a + 4] - h -- what the charge still weighs
              if same then
                lw, lf = lw + ARGV[a + 5], lf + ARGV[a + 6]
              end
              if lf < 0 then
                lw, lf = lw - 1, lf + n
              elseif lf >= n then
                lw, lf = lw + 1, lf - n
              end
              if lw < 0 then
                lw, lf = 0, 0
              end
              if lw < bw or lw == bw and lf < bf then
                bw, bf = lw, lf
              end
            end
            local kw, kf = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
            if kw < bw or kw == bw and kf < bf then
              bw, bf = kw, kf
            end
            if bw > 0 or bf > 0 then
              changed = true
            end
            w, f, g, h = w - bw, f - bf, g + bw, h + bf
            if f < 0 then
              w, f = w - 1, f + n
            end
            if h >= n then
              g, h = g + 1, h - n
            end
            if g >= 4503599627370496 then
              return {0, now} -- 142 years of permits given back: no more until they are forgotten
            end
            words[2 * i - 1], words[2 * i] = w, f
            lowered[2 * i - 1], lowered[2 * i] = g, h
          end
          if not changed then
            return {0, now}
          end
          local numbers, tail = string.rep(' %.0f', 2 * rates + 1), string.rep(' %.0f', 2 * rates + 2)
          local value = ARGV[2] .. string.format(numbers, version + 1, unpack(words))
            .. string.format(tail, till, since, unpack(lowered))
          -- never DEL, and not sooner: the version and the tail have to outlive what callers remember
          redis.call('SET', KEYS[1], value, 'KEEPTTL')
          return {1, now}
          """);

  /** Takes of several keys all or nothing, or looks: the script that takes, for each. */
  static final RedisScript TAKE_ALL = of("""
          -- KEYS: of one cluster slot
          -- ARGV: 1 '1' if all may be charged; then for each key: how many arguments, and the arguments of
          --   the script that takes
          -- Reply: that of the script that takes for each key. Nothing is charged unless each says admitted
          local clock, server = redis.call('TIME'), redis
          local redis = {
            call = function(command, ...)
              if command == 'TIME' then
                return clock -- one reading for all
              end
              return server.call(command, ...)
            end,
            error_reply = server.error_reply
          }
          local function one(KEYS, ARGV)
          """ + TAKE.text() + """
          end
          local asked, mode, replies, at, all = {}, {}, {}, 2, ARGV[1] == '1'
          for i = 1, #KEYS do
            local count, arguments = tonumber(ARGV[at]), {}
            for j = 1, count do
              arguments[j] = ARGV[at + j]
            end
            at = at + count + 1
            asked[i], mode[i] = arguments, arguments[2]
            if mode[i] == '1' then
              arguments[2] = '2' -- first look
            end
            local reply = one({KEYS[i]}, arguments)
            if reply.err then
              return reply
            end
            replies[i] = reply
            all = all and reply[1] == 1
          end
          if all then
            for i = 1, #KEYS do
              if mode[i] == '1' then
                asked[i][2] = '1'
                replies[i] = one({KEYS[i]}, asked[i])
              end
            end
          end
          return replies
          """);

  private static RedisScript of(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return new RedisScript(text, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  ScriptCall byDigest(String key, List<String> arguments) {
    return byDigest(List.of(key), arguments);
  }

  ScriptCall byDigest(List<String> keys, List<String> arguments) {
    return new ScriptCall(true, digest, keys, arguments);
  }

  /** The same call with the text, for a server that does not know the digest. */
  static ScriptCall byText(ScriptCall call) {
    String text = Stream.of(TAKE, LOWER, TAKE_ALL)
        .filter(script -> script.digest.equals(call.script()))
        .findFirst()
        .orElseThrow()
        .text;
    return new ScriptCall(false, text, call.keys(), call.arguments());
  }
}
