package io.limiter.tool;

import java.util.Collection;
import java.util.List;

/** What a field can be to the tool, and how fields of that role are called in logs people have. */
enum Role {
  /** When the request came. */
  TIME(
      "StartUTC",
      "time_iso8601",
      "ts",
      "time",
      "timestamp",
      "@timestamp",
      "date+time",
      "msec",
      "time_local",
      "datetime",
      "date_time",
      "start_time",
      "eventTime",
      "event_time",
      "requestTime",
      "logged_at",
      "created_at",
      "timestamp_ms",
      "epoch",
      "asctime",
      "date",
      "t",
      "@1"),

  /** Who sent it. */
  CLIENT(
      "request.client_ip",
      "request.remote_ip",
      "client_ip",
      "clientip",
      "client.ip",
      "client.address",
      "clientIp",
      "remote_ip",
      "remote_addr",
      "remoteAddr",
      "remote_address",
      "ClientHost",
      "ClientAddr",
      "client_addr",
      "c-ip",
      "client",
      "remote_host",
      "source.ip",
      "source_ip",
      "src_ip",
      "sourceIPAddress",
      "httpRequest.remoteIp",
      "ip",
      "ip_address",
      "fwd",
      "key",
      "client_id"),

  /** As whom the client logged in. */
  USER(
      "user",
      "remote_user",
      "user_id",
      "userid",
      "username",
      "user.name",
      "user.id",
      "ClientUsername",
      "cs-username",
      "sub"),

  /** What was asked for. */
  PATH(
      "path",
      "request.uri",
      "request_uri",
      "uri",
      "RequestPath",
      "cs-uri-stem",
      "url.path",
      "request_path",
      "url",
      "httpRequest.requestUrl"),

  /** How: GET, POST and so on. */
  METHOD(
      "method",
      "request.method",
      "request_method",
      "RequestMethod",
      "cs-method",
      "http.request.method",
      "http_method",
      "httpRequest.requestMethod",
      "verb"),

  /** The line that holds method and path. */
  REQUEST("request", "request_line", "requestLine"),

  /** The status of the answer. */
  STATUS(
      "status",
      "status_code",
      "DownstreamStatus",
      "sc-status",
      "http.response.status_code",
      "response_code",
      "response_status",
      "httpRequest.status",
      "code"),

  /** The addresses that proxies saw. */
  FORWARDED(
      "x_forwarded_for",
      "http_x_forwarded_for",
      "x-forwarded-for",
      "request.headers.X-Forwarded-For",
      "request_X-Forwarded-For",
      "xff",
      "forwarded_for",
      "fwd"),

  /** How many permits the request asks for. */
  PERMITS("permits");

  private final List<String> names;

  Role(String... names) {
    this.names = List.of(names);
  }

  /** Those of the fields that may have this role: the likeliest first, whatever the case. */
  List<String> among(Collection<String> fields) {
    return names.stream()
        .flatMap(name -> fields.stream().filter(field -> field.equalsIgnoreCase(name)))
        .distinct()
        .toList();
  }

  /** The word for it in messages and options. */
  String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
