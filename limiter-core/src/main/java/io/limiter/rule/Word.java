package io.limiter.rule;

/** The words of the grammar, and the words that are known only to be refused with good advice. */
enum Word {
  MILLISECOND(1, "ms", "millisecond", "milliseconds"),
  SECOND(1_000, "s", "sec", "secs", "second", "seconds"),
  MINUTE(60_000, "m", "min", "mins", "minute", "minutes"),
  HOUR(3_600_000, "h", "hr", "hrs", "hour", "hours"),
  DAY(86_400_000, "d", "day", "days"),
  WEEK(604_800_000, "w", "week", "weeks"),

  NOUN("r,req,reqs,request,requests,call,calls,query,queries,hit,hits,permit,permits,tokens,event,"
      + "events,packet,packets,operation,operations,point,points"),
  TOKEN("token"), // a noun as well, unless "bucket" follows
  PER("per"),
  CONCURRENT("concurrent"),
  BURST("burst"),
  GCRA("gcra"),
  BUCKET("bucket"),
  FIXED("fixed"),
  SLIDING("sliding"),
  MOVING("moving"),
  WINDOW("window"),
  LOG("log"),
  UNLIMITED("unlimited"),
  BLOCKED("blocked"),

  MONTH("mo,mos,month,months"),
  YEAR("y,yr,yrs,year,years"),
  LEAKY("leaky,leakybucket"),
  FUSED("tokenbucket,fixedwindow,slidinglog,slidingwindow,movingwindow"),
  NODELAY("nodelay"),

  /** Any other word, and no word at all. */
  OTHER;

  private static final int LETTER_BITS = 5; // a..z are 1..26, so that 12 letters fit into a long
  private static final int LONGEST = 12; // letters: "milliseconds"
  private static final int SLOT_BITS = 8; // 256 slots for 79 words

  /** Open addressing: the word at a slot, packed, or 0. */
  private static final long[] KEYS = new long[1 << SLOT_BITS];

  private static final Word[] WORDS = new Word[1 << SLOT_BITS];

  static {
    for (Word word : values()) {
      for (String spelling : word.spellings) {
        int slot = slot(pack(spelling, 0, spelling.length()));
        while (KEYS[slot] != 0) {
          slot = (slot + 1) & (KEYS.length - 1);
        }
        KEYS[slot] = pack(spelling, 0, spelling.length());
        WORDS[slot] = word;
      }
    }
  }

  private final String[] spellings;

  /** The length of a time unit in ms; 0 for all other words. */
  final long millis;

  Word() {
    this(0);
  }

  Word(String spellings) {
    this(0, spellings.split(","));
  }

  Word(long millis, String... spellings) {
    this.millis = millis;
    this.spellings = spellings;
  }

  boolean isNoun() {
    return this == NOUN || this == TOKEN;
  }

  /** The word that makes an algorithm of this one; OTHER if there is none. */
  Word second() {
    return switch (this) {
      case TOKEN -> BUCKET;
      case FIXED, MOVING -> WINDOW;
      case SLIDING -> LOG;
      default -> OTHER;
    };
  }

  /** The word that the ASCII letters from {@code start} to {@code end} spell, in either case. */
  static Word of(CharSequence text, int start, int end) {
    if (start == end || end - start > LONGEST) {
      return OTHER;
    }
    long key = pack(text, start, end);
    int slot = slot(key);
    while (KEYS[slot] != key) {
      if (KEYS[slot] == 0) {
        return OTHER;
      }
      slot = (slot + 1) & (KEYS.length - 1);
    }
    return WORDS[slot];
  }

  private static long pack(CharSequence text, int start, int end) {
    long key = 0;
    for (int i = start; i < end; i++) {
      key = key << LETTER_BITS | text.charAt(i) & 31; // the low 5 bits of a letter know no case
    }
    return key;
  }

  private static int slot(long key) {
    return (int) (key * 0x9E3779B97F4A7C15L >>> 64 - SLOT_BITS);
  }
}
