package io.limiter.tool;

/** Writes JSON; puts the commas where they belong. */
final class JsonWriter {
  private final StringBuilder text = new StringBuilder();
  private boolean comma;

  /** Opens an object. */
  JsonWriter object() {
    return open('{');
  }

  /** Opens an array. */
  JsonWriter array() {
    return open('[');
  }

  private JsonWriter open(char bracket) {
    separate();
    text.append(bracket);
    comma = false;
    return this;
  }

  /** Closes an object. */
  JsonWriter endObject() {
    return close('}');
  }

  /** Closes an array. */
  JsonWriter endArray() {
    return close(']');
  }

  private JsonWriter close(char bracket) {
    text.append(bracket);
    comma = true;
    return this;
  }

  /** The name of the value that follows. */
  JsonWriter name(String name) {
    separate();
    text.append(Text.json(name)).append(':');
    comma = false;
    return this;
  }

  /** A number. */
  JsonWriter value(long number) {
    separate();
    text.append(number);
    comma = true;
    return this;
  }

  /** A string. */
  JsonWriter value(String string) {
    separate();
    text.append(Text.json(string));
    comma = true;
    return this;
  }

  /** Null, for a value that there is not. */
  JsonWriter none() {
    separate();
    text.append("null");
    comma = true;
    return this;
  }

  /** A named number. */
  JsonWriter field(String name, long number) {
    return name(name).value(number);
  }

  /** A named string. */
  JsonWriter field(String name, String string) {
    return name(name).value(string);
  }

  private void separate() {
    if (comma) {
      text.append(',');
    }
    comma = false;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
