package io.limiter.tool;

/** What the commands are; each text fits a screen of 24 lines and 80 columns. */
final class Help {
  static final String ALL = """
      usage: java -jar limiter-core.jar COMMAND ...

        suggest LOG...                  which limits would have denied no request of
                                        90, 99, 99.9, 100 % of the clients?
        replay RULES [LOG]              what would the rules have done to a log?
        replay RULES... --log LOG...    the same for several rule texts, side by side
        explain RULES                   what do the rules mean, in numbers?
        explain --compare A B           what does B admit that A does not?

        RULES   such as "3/second, 60/hour"; put quotes around them
        LOG     a file, a directory of rotated files, or - for standard input; gzip
                is read as it is; without LOG a small sample is read. Known are:
                Common and Combined Log Format, nginx, JSON lines (Caddy, Traefik),
                logfmt, CSV, TSV, CloudFront, AWS load balancers, HAProxy, all in the
                wrappers of Docker and Kubernetes, and: seconds key [permits]

        --format text|tsv|json|html     html is one page with charts
        suggest --help, replay --help, explain --help, --version

      exit status: 0 done, 1 nothing readable, 2 wrong usage, 3 output not written
      """;

  private static final String LOG_OPTIONS = """
        --by client|user|path|field NAME|all   what has a limiter of its own;
                            client/64 groups IPv6, client/24 IPv4 networks
        --proxies N         the client is the N-th from the right of X-Forwarded-For
        --since, --until TIME     such as 2015-05-17T10:05:03Z
        --where FIELD=VALUE       path=/api (prefix), status=4xx, method=POST
        --retry [once|until-admitted]          what if denied requests came back?
        --format text|tsv|json|html
        --format-in auto|common|vhost|plain|json|logfmt|csv|tsv|w3c|alb|elb|haproxy
        --time, --key, --permits FIELD         dotted in JSON: request.remote_ip
        --pattern REGEX     with groups: '^(?<time>\\S+) (?<client>\\S+)'
      """;

  static final String REPLAY = """
      usage: java -jar limiter-core.jar replay RULES [LOG|-] [options]
             java -jar limiter-core.jar replay RULES... --log LOG... [options]

        applies the rules to the requests of a log in the order of time, one limiter
        per client, and tells what was admitted and denied, when, and to whom

      """ + LOG_OPTIONS;

  static final String SUGGEST = """
      usage: java -jar limiter-core.jar suggest LOG... [options]

        finds for each period the least N such that N/period denies no request of a
        share of the clients, and rules worth trying, with what each would have denied

        --spare 99,99.9    shares of the clients, in percent (90,99,99.9,100)
        --per minute,hour  periods (second,minute,hour,day)
      """ + LOG_OPTIONS;

  static final String EXPLAIN = """
      usage: java -jar limiter-core.jar explain RULES
             java -jar limiter-core.jar explain --compare A B

        explain     what the rules mean: intervals, the most that can pass, bytes
        --compare   what B admits that A does not, with the shortest example

        RULES     such as "3/second, 60/hour"; put quotes around them
      """;

  private Help() {}
}
