package io.limiter.tool;

import java.util.Arrays;
import java.util.List;

/** Keeps those fields of a line that are wanted, by their names; of two with one name the first. */
final class Wanted implements FieldSink {
  private final byte[][] names;
  private final Field[] fields;

  Wanted(List<String> names) {
    this.names = names.stream().map(FieldName::of).toArray(byte[][]::new);
    this.fields = names.stream().map(name -> new Field()).toArray(Field[]::new);
  }

  /** Forgets the line before. */
  void clear() {
    for (Field field : fields) {
      field.present = false;
    }
  }

  @Override
  public void field(byte[] name, int nameFrom, int nameTo, byte[] value, int from, int to) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].length == nameTo - nameFrom
          && !fields[i].present
          && Arrays.equals(names[i], 0, names[i].length, name, nameFrom, nameTo)) {
        fields[i].set(value, from, to);
      }
    }
  }

  @Override
  public void field(byte[] name, byte[] value, int from, int to) {
    for (int i = 0; i < names.length; i++) {
      if (names[i] == name && !fields[i].present) {
        fields[i].set(value, from, to);
      }
    }
  }

  /** The field that is {@code names.get(i)}. */
  Field get(int i) {
    return fields[i];
  }
}
