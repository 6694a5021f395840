package io.limiter.tool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines of any kind in the wrapper of Docker: {@code {"log":"...\n","stream":"stdout",...}}. */
final class DockerLog implements LineScanner {
  private static final String NOT_WRAPPED = "not in the wrapper of Docker";

  private final JsonLines wrapper = new JsonLines();
  private final Wanted wanted = new Wanted(List.of("log", "stream"));
  private final LineScanner inner;

  DockerLog(LineScanner inner) {
    this.inner = inner;
  }

  @Override
  public String kind() {
    return inner.kind() + " in Docker's wrapper";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    wanted.clear();
    String problem = wrapper.scan(line, from, to, cut, wanted);
    Field log = wanted.get(0);
    if (problem != null || !log.present || !wanted.get(1).present) {
      return cut ? TOO_LONG : NOT_WRAPPED;
    }
    boolean whole = log.from < log.to && log.bytes[log.to - 1] == '\n';
    return inner.scan(log.bytes, log.from, whole ? log.to - 1 : log.to, !whole, sink);
  }
}
