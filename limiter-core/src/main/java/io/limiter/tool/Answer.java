package io.limiter.tool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is to be reported.
 *
 * @param command what was asked: replay or suggest
 * @param log the log
 * @param source how the log is called
 * @param columns what each rule text would have done: of suggest, each rule worth trying
 * @param comebacks what if denied requests came back, one per column; none if that was not asked
 * @param suggestions limits that the log suggests; null if they were not asked for
 * @param warnings signs that the answer may be nonsense
 */
record Answer(
    String command,
    Log log,
    String source,
    List<Column> columns,
    List<Comeback> comebacks,
    @Nullable Suggestions suggestions,
    List<String> warnings) {

  /** Whether there are no events. */
  boolean isEmpty() {
    return log.events().size() == 0;
  }

  /** How many keys the events have. */
  long keys() {
    return isEmpty() ? 0 : log.keys().size();
  }

  /** The text of a member of the rules of a column. */
  static String member(Column column, int member) {
    return column.rules().members().get(member).canonical();
  }
}
