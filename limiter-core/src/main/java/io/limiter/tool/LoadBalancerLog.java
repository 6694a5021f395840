package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * The access logs of AWS Application and Classic Load Balancers: words with blanks between them, or
 * strings in quotes.
 */
final class LoadBalancerLog implements LineScanner {
  private static final String[] APPLICATION = {
    "type",
    "time",
    "elb",
    "client",
    "target",
    "request_processing_time",
    "target_processing_time",
    "response_processing_time",
    "status",
    "target_status_code",
    "received_bytes",
    "sent_bytes",
    "request",
    "user_agent",
    "ssl_cipher",
    "ssl_protocol",
    "target_group_arn",
    "trace_id",
    "domain_name"
  };
  private static final String[] CLASSIC = {
    "time",
    "elb",
    "client",
    "backend",
    "request_processing_time",
    "backend_processing_time",
    "response_processing_time",
    "status",
    "backend_status_code",
    "received_bytes",
    "sent_bytes",
    "request",
    "user_agent",
    "ssl_cipher",
    "ssl_protocol"
  };

  private final String kind;
  private final byte[][] names;
  private final int timeAt;
  private final int requestAt;
  private final int clientAt;
  private final TimeParser time = new TimeParser();
  private final Field date = new Field();

  private LoadBalancerLog(String kind, String[] names) {
    this.kind = kind;
    this.names = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      this.names[i] = FieldName.of(names[i]);
    }
    this.timeAt = names[0].equals("time") ? 0 : 1;
    this.clientAt = timeAt + 2;
    this.requestAt = timeAt + 11;
  }

  /** A scanner for Application Load Balancers. */
  static LoadBalancerLog application() {
    return new LoadBalancerLog("AWS Application Load Balancer log", APPLICATION);
  }

  /** A scanner for Classic Load Balancers. */
  static LoadBalancerLog classic() {
    return new LoadBalancerLog("AWS Classic Load Balancer log", CLASSIC);
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    date.present = false;
    int i = Bytes.skipBlanks(line, from, to);
    int column = 0;
    for (; i < to && column < names.length; column++) {
      boolean quoted = line[i] == '"';
      int start = quoted ? i + 1 : i;
      int end = quoted ? Bytes.closingQuote(line, start, to) : Bytes.skipWord(line, i, to);
      if (column == timeAt) {
        if (line[Math.min(start + 4, end - 1)] != '-' || !time.parseDate(line, start, end)) {
          break;
        }
        date.present = true;
      } else if (column == clientAt
          && Bytes.indexOf(line, start, end, (byte) ':') == end
          && end - start > 1) {
        break; // an address has its port
      } else if (column == requestAt && !quoted) {
        break;
      }
      sink.field(names[column], line, start, end);
      i = Bytes.skipBlanks(line, Math.min(quoted ? end + 1 : end, to), to);
    }
    if (date.present && (column > requestAt || cut && column > clientAt)) {
      return null;
    }
    return cut ? TOO_LONG : "not a line of an AWS load balancer";
  }
}
