package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * Lines of any kind in the wrapper of Kubernetes' container runtimes: {@code time stdout F line}. Of
 * a line in several parts (P ... P F) the first is read, as a line that was cut.
 */
final class KubernetesLog implements LineScanner {
  private static final String NOT_WRAPPED = "not in the wrapper of Kubernetes";

  private final LineScanner inner;
  private final TimeParser time = new TimeParser();
  private boolean inside; // a line whose first part was read

  KubernetesLog(LineScanner inner) {
    this.inner = inner;
  }

  @Override
  public String kind() {
    return inner.kind() + " in Kubernetes' wrapper";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    int timeEnd = Bytes.skipWord(line, from, to);
    int stream = Math.min(timeEnd + 1, to);
    int tag = Bytes.skipWord(line, stream, to) + 1;
    if (!Bytes.startsWith(line, stream, to, "std")
        || to - tag < 2
        || line[tag] != 'F' && line[tag] != 'P'
        || line[tag + 1] != ' '
        || !time.parseDate(line, from, timeEnd)) {
      return NOT_WRAPPED;
    }
    boolean partial = line[tag] == 'P';
    boolean first = !inside;
    inside = partial;
    return first ? inner.scan(line, tag + 2, to, cut || partial, sink) : NO_EVENT;
  }
}
