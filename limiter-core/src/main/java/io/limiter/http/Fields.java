package io.limiter.http;

/** Names of fields, and the parameters of the draft in one place, as it may still rename them. */
final class Fields {
  static final String X_LIMIT = "X-RateLimit-Limit";
  static final String X_REMAINING = "X-RateLimit-Remaining";
  static final String X_RESET = "X-RateLimit-Reset";
  static final String RETRY_AFTER = "Retry-After";
  static final String POLICY = "RateLimit-Policy";
  static final String RATE_LIMIT = "RateLimit";

  /** Quota: what a policy allows. */
  static final String QUOTA = "q";

  /** Unit of the quota; requests if absent. */
  static final String UNIT = "qu";

  /** Window of a policy, in whole seconds, at least 1. */
  static final String WINDOW = "w";

  /** Partition key of a policy, or of what is left of it. */
  static final String PARTITION = "pk";

  /** What is left of the quota. */
  static final String REMAINING = "r";

  /** For how many seconds no more than that is left. */
  static final String EFFECTIVE_WINDOW = "t";

  /** The unit of a concurrency. */
  static final String CONCURRENT_REQUESTS = "concurrent-requests";

  private Fields() {}
}
