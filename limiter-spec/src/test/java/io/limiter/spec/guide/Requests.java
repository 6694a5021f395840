package io.limiter.spec.guide;

import io.limiter.Permit;
import io.limiter.keyed.KeyedLimiter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Real requests to a server on this machine. */
class Requests {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final int port;

  Requests(int port) {
    this.port = port;
  }

  HttpRequest request(String path, String key) {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + path))
        .header("X-Api-Key", key)
        .build();
  }

  HttpResponse<String> get(String path, String key) throws IOException, InterruptedException {
    return CLIENT.send(request(path, key), BodyHandlers.ofString());
  }

  /** {@code count} requests at once; the responses in any order. */
  List<HttpResponse<String>> together(int count, String path, String key) {
    List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      calls.add(CLIENT.sendAsync(request(path, key), BodyHandlers.ofString()));
    }
    return calls.stream().map(CompletableFuture::join).toList();
  }

  static long count(List<HttpResponse<String>> responses, int status) {
    return responses.stream()
        .filter(response -> response.statusCode() == status)
        .count();
  }

  /** A client that sends its request and never reads: closing it with a reset is going away. */
  Socket silent(String path, String key) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoLinger(true, 0);
    socket
        .getOutputStream()
        .write(("GET " + path + " HTTP/1.1\r\nHost: here\r\nX-Api-Key: " + key + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** Returns once {@code key} can take {@code permits} at once; never if one was not given back. */
  static void awaitFree(KeyedLimiter<String> limiter, String key, long permits)
      throws InterruptedException {
    while (true) {
      try (Permit permit = limiter.tryEnter(key, permits)) {
        if (permit.granted()) {
          return;
        }
      }
      Thread.sleep(1);
    }
  }
}
