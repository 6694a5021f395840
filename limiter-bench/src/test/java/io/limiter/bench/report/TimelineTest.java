package io.limiter.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimelineTest {

  @Test
  void picturesOfTheGuide_areThoseThatAreMade() throws IOException {
    for (Map.Entry<String, String> picture : Timeline.pictures().entrySet()) {
      Path file = Path.of("..", Timeline.PICTURES, picture.getKey());
      assertEquals(picture.getValue(), Files.readString(file), "run Timeline: " + file);
    }
    String guide = Files.readString(Path.of("../limiter-core/GUIDE.md"));
    Timeline.pictures()
        .keySet()
        .forEach(name -> assertTrue(guide.contains("](pictures/" + name + ")"), name));
  }

  @Test
  void onlyTheFixedWindow_admitsTwiceItsLimitAroundTheEdge() {
    assertEquals(20, aroundTheEdge("10/minute fixed-window"));
    assertEquals(10, aroundTheEdge("10/minute sliding-log"));
    assertEquals(13, aroundTheEdge("10/minute")); // ten at once, and one every 6 s
  }

  private static long aroundTheEdge(String rule) {
    return Timeline.admitted(rule).stream().filter(second -> second < 70).count();
  }
}
