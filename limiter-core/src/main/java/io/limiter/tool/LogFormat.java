package io.limiter.tool;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a log is to be read: by which scanner, and what its fields are to the tool.
 *
 * @param scanners makes a scanner: a new one, as they may remember a header
 * @param time the field of the time
 * @param unitsPerSecond of times that are numbers
 * @param numbersAreDates whether times that are numbers count from 1970
 * @param key the field of the key; null if all events share one
 * @param permits the field of the permits; null if there is none
 * @param filters the fields of the conditions, in their order
 * @param description what people are told about it
 * @param sampleLines how many lines were looked at
 * @param sampleUnreadable how many of them could not be read
 * @param firstSeconds the time of the first event, to put files in order
 */
record LogFormat(
    Supplier<LineScanner> scanners,
    String time,
    long unitsPerSecond,
    boolean numbersAreDates,
    @Nullable FieldRef key,
    @Nullable FieldRef permits,
    List<FieldRef> filters,
    String description,
    int sampleLines,
    int sampleUnreadable,
    long firstSeconds) {}
