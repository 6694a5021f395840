/** The command-line tool: what a limit would have done to the calls of a log. Not exported. */
@NullMarked
package io.limiter.tool;

import org.jspecify.annotations.NullMarked;
