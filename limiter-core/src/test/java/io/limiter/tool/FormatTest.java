package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each kind of log from lines written by hand after its public documentation. */
class FormatTest {
  private static final String AT = "[17/May/2015:10:05:0%d +0000]";

  /** What the tool finds: events by key, as {@code key@time} in the order of keys and times. */
  private static List<String> events(String log, String... options) {
    Log read = read(log, options);
    List<String> events = new ArrayList<>();
    try {
      read.events().forEach(new KeyedEvents() {
        private int key;

        @Override
        public void begin(int newKey) {
          key = newKey;
        }

        @Override
        public void event(long nanos, long permits) {
          events.add(
              read.keyText(key, 99) + "@" + read.time().text(nanos).replace("2015-05-17 10:05:", "")
                  + (permits == 1 ? "" : " x" + permits));
        }

        @Override
        public void end() {}
      });
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    return events;
  }

  private static Log read(String log, String... options) {
    try {
      List<String> words = new ArrayList<>(List.of(options));
      words.add("-");
      LogOptions parsed = Options.ofSuggest(words).log;
      return ToolRun.read(Bytes.of(log), parsed, new EventStore(), LogReader.BUFFER_BYTES);
    } catch (UsageException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertTold(String expected, String log, String... options) {
    List<String> words = new ArrayList<>(List.of("suggest", "-"));
    words.addAll(List.of(options));
    ToolRun run = ToolRun.of(log, words.toArray(String[]::new));
    assertEquals("limiter: " + expected, run.err().lines().findFirst().orElse(""), run.err());
  }

  private static String clf(String client, int second, String rest) {
    return client + " - - " + String.format(AT, second) + " " + rest + "\n";
  }

  private static final String GET = "\"GET /a?b=1 HTTP/1.1\" 200 5";

  @Test
  void common_andCombined_areRead() {
    String log = clf("192.0.2.1", 3, GET)
        + clf("2001:db8::1", 4, GET + " \"-\" \"x [y] z\"\r")
        + "192.0.2.1 - ann lee [17/May/2015:12:05:05 +0200] \"POST /\\\"x\\\" HTTP/1.1\" 404 -\n"
        + "192.0.2.1 - x [17/Mai/2015:12:05:05 +0200] \"\" 1 1\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.1@05", "2001:db8::1@04"), events(log));
    assertEquals(List.of("-@03", "-@04", "ann lee@05"), events(log, "--by", "user"));
    assertEquals(List.of("/a@03", "/a@04", "/\\\"x\\\"@05"), events(log, "--by", "path"));
    assertEquals(
        List.of("x [y] z@04"), events(log, "--by", "field", "user_agent", "--key", "user_agent"));
    assertEquals(List.of("192.0.2.1@05"), events(log, "--where", "status=4xx"));
    assertEquals(List.of("192.0.2.1@05"), events(log, "--where", "method=POST"));
    assertEquals(List.of("192.0.2.1@05"), events(log, "--where", "user=ann lee"));
    assertEquals(
        List.of("192.0.2.1@03", "2001:db8::1@04"),
        events(log, "--where", "path=/a", "--where=status=200"));
    assertEquals(
        List.of("2001:db8::1@04"),
        events(log, "--since", "2015-05-17T10:05:04Z", "--until=1431857105"));
    assertTold("Common or Combined Log Format; 1 of 4 lines unreadable", log);
  }

  @Test
  void common_clientsBehindProxies_areNotTheirPortsNorLists() {
    String log = clf("192.0.2.1:4711", 3, GET)
        + clf("192.0.2.1:4712", 4, GET)
        + clf("[2001:db8::1]:80", 5, GET)
        + clf("192.0.2.1, 198.51.100.2, 203.0.113.3", 6, GET);
    assertEquals(
        List.of("192.0.2.1@03", "192.0.2.1@04", "192.0.2.1@06", "2001:db8::1@05"), events(log));
    assertEquals("198.51.100.2@06", events(log, "--proxies", "2").get(3));
    String nginx = clf("10.0.0.1", 3, GET + " \"-\" \"agent\" \"198.51.100.2, 203.0.113.3\"");
    assertEquals(List.of("10.0.0.1@03"), events(nginx));
    assertEquals(List.of("203.0.113.3@03"), events(nginx, "--proxies=1"));
    assertEquals(List.of("198.51.100.2@03"), events(nginx, "--key", "x_forwarded_for"));
  }

  @Test
  void common_networks_areGrouped() {
    String log = clf("192.0.2.1", 3, GET) + clf("192.0.2.9", 4, GET) + clf("2001:db8::1", 5, GET);
    assertEquals(
        List.of("192.0.2.0/24@03", "192.0.2.0/24@04", "2001:db8::/64@05"),
        events(log, "--by", "client/24/64"));
    assertEquals(
        List.of("192.0.2.1@03", "192.0.2.9@04", "2001:db8::/64@05"), events(log, "--by=client/64"));
    assertEquals(
        List.of("192.0.2.0/24@03", "192.0.2.0/24@04", "2001:db8::1@05"),
        events(log, "--by", "client/24"));
  }

  @Test
  void vhost_isNotTheClient() {
    String log = "www.example.com:80 " + clf("192.0.2.1", 3, GET)
        + "www.example.com:80 " + clf("192.0.2.2", 4, GET)
        + "www.example.com:443 192.0.2.3 - ann [17/May/2015:10:05:05 +0000] " + GET + "\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.2@04", "192.0.2.3@05"), events(log));
    assertEquals("www.example.com:80@03", events(log, "--by", "field=vhost").get(0));
    assertTold("Combined Log Format with virtual hosts; 0 of 3 lines unreadable", log);
    assertTold(
        "Common or Combined Log Format; 0 of 3 lines unreadable", log, "--format-in", "combined");
  }

  @Test
  void nginx_isoTimes_areRead() {
    String log = "192.0.2.1 - - [2015-05-17T10:05:03+00:00] " + GET + "\n"
        + "192.0.2.2 - ann 2015-05-17T12:05:04+02:00 " + GET + "\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.2@04"), events(log));
    assertEquals(List.of("-@03", "ann@04"), events(log, "--by", "user"));
    assertEquals(
        List.of("192.0.2.2@04"),
        events(
            "2015-05-17T10:05:04Z 192.0.2.2 GET /a 200 0.1\n2015-05-17T10:05:04Z INFO started up\n"));
  }

  @Test
  void plain_seconds_areRead() {
    assertEquals(List.of("a@12", "a@12.5 x7", "b@-1"), events("12 a\n12.5\ta 7 \r\n-1 b 1\n"));
    for (String bad : new String[] {
      "",
      " ",
      "a",
      "12",
      "12 ",
      "12. a",
      ".5 a",
      "+5 a",
      "- a",
      "12 a 0",
      "12 a -1",
      "12 a 1.5",
      "12a b",
      "1e3 a",
      "12 a 1 b",
      "12 a 1000000000000000000",
      "#Version: 1.0",
      "\u0661 a"
    }) {
      Log log = read("1 x\n2 x\n" + bad + "\n");
      assertEquals(1, log.skipped(), bad);
      assertEquals(2, log.events().size(), bad);
    }
    assertEquals(
        List.of("a@03", "a@04.5"),
        events("2015-05-17T10:05:03Z a\n2015-05-17T10:05:04.5Z a\n").stream()
            .map(event -> event.replace(".500", ".5"))
            .toList());
  }

  /** Of Caddy's documentation, with what newer versions add. */
  private static final String CADDY = """
      {"level":"info","ts":1431857103.5241024,"logger":"http.log.access","msg":"handled request",\
      "request":{"remote_ip":"192.0.2.1","remote_port":"41342",%s"proto":"HTTP/2.0","method":"GET",\
      "host":"localhost","uri":"/a/b?x=1","headers":{"User-Agent":["curl/7.82.0"],"X-Forwarded-For":\
      ["198.51.100.2, 203.0.113.3"]},"tls":{"resumed":false,"version":772}},"bytes_read":0,\
      "user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}
      """;

  @Test
  void json_caddy_isRead() {
    String log = CADDY.formatted("");
    assertEquals(List.of("192.0.2.1@03.524102400"), events(log));
    assertTold("JSON lines: time = ts, client = request.remote_ip; 0 of 1 lines unreadable", log);
    assertEquals(
        List.of("192.0.2.7@03.524102400"), events(CADDY.formatted("\"client_ip\":\"192.0.2.7\",")));
    assertEquals(List.of("203.0.113.3@03.524102400"), events(log, "--proxies", "1"));
    assertEquals(
        List.of("/a/b@03.524102400"), events(log, "--by", "path", "--where", "status=2xx"));
    assertEquals(
        List.of("curl/7.82.0@03.524102400"),
        events(log, "--by", "field", "request.headers.User-Agent"));
    assertEquals(List.of(), events(log, "--where", "method=POST"));
  }

  @Test
  void json_nginxAndTraefik_areRead() {
    assertEquals(
        List.of("192.0.2.1@03"),
        events(
            "{\"time_iso8601\":\"2015-05-17T10:05:03+00:00\",\"remote_addr\":\"192.0.2.1\","
                + "\"request\":\"GET /a HTTP/1.1\",\"status\":\"200\",\"request_time\":\"0.001\"}\n",
            "--where",
            "path=/a",
            "--where",
            "method=GET"));
    assertEquals(
        List.of("192.0.2.1@03"),
        events("{\"msec\":\"1431857103.000\",\"remote_addr\":\"192.0.2.1\"}\n"));
    String traefik =
        "{\"ClientAddr\":\"192.0.2.1:51234\",\"ClientHost\":\"192.0.2.1\",\"DownstreamStatus\":200,"
            + "\"RequestMethod\":\"GET\",\"RequestPath\":\"/a\",\"StartUTC\":\"2015-05-17T10:05:03.000000000Z\","
            + "\"level\":\"info\",\"msg\":\"\",\"time\":\"2015-05-17T12:05:09+02:00\"}\n";
    assertEquals(List.of("192.0.2.1@03"), events(traefik, "--where", "status=200"));
    assertEquals(List.of("192.0.2.1@09"), events(traefik, "--time", "time", "--key=ClientAddr"));
  }

  @Test
  void json_timesOfEveryMagnitude_areTold() {
    String[] times = {"1431857103", "1431857103000", "1431857103000000", "1431857103000000000"};
    String[] units = {"", " (ms)", " (us)", " (ns)"};
    for (int i = 0; i < times.length; i++) {
      String log = "{\"timestamp\":" + times[i] + ",\"ip\":\"192.0.2.1\"}\n";
      assertEquals(List.of("192.0.2.1@03"), events(log));
      assertTold(
          "JSON lines: time = timestamp" + units[i] + ", client = ip; 0 of 1 lines unreadable",
          log);
    }
  }

  @Test
  void json_hostileLines_areReadOrRefused() {
    String good = "{\"ts\":1431857103,\"ip\":\"192.0.2.1\"}\n";
    assertEquals(
        List.of("a\"\\ud83d\\ude00é\\x0a@03".replace("\\ud83d\\ude00", "\ud83d\ude00")),
        events("{\"ts\":1431857103,\"ip\":\"\\u0061\\\"\\uD83D\\uDE00\\u00e9\\n\"}\n"));
    assertEquals(
        List.of("first@03"),
        events("{\"ts\":1431857103,\"ip\":\"first\",\"ip\":\"second\",\"x\":{\"ip\":\"third\"}}"));
    for (String bad : new String[] {
      "{",
      "{}x",
      "[]",
      "\"ts\"",
      "{\"ts\":1,}",
      "{\"ts\" 1}",
      "{\"ts\":1431857103,\"ip\":\"x}",
      "{\"ts\":1431857103,\"ip\":\"\\x\"}",
      "{\"ts\":1431857103,\"ip\":\"\\u12\"}",
      "{\"ts\":1431857103}",
      "{\"ip\":\"x\"}",
      "{\"ts\":\"soon\",\"ip\":\"x\"}",
      "{\"ts\":1431857103,\"ip\":null}",
      "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + ",\"ts\":1431857103,\"ip\":\"x\"}",
      "{\"a\":" + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000) + "}"
    }) {
      Log log = read(good + good + bad + "\n" + good);
      assertEquals(3, log.events().size(), bad.substring(0, Math.min(99, bad.length())));
      assertEquals(1, log.skipped());
    }
  }

  @Test
  void wrappers_dockerAndKubernetes_areOpened() {
    String docker =
        "{\"log\":\"192.0.2.1 - - [17/May/2015:10:05:03 +0000] \\\"GET / HTTP/1.1\\\" 200 5\\n\","
            + "\"stream\":\"stdout\",\"time\":\"2015-05-17T10:05:09.1Z\"}\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.1@03"), events(docker + docker));
    assertTold(
        "Common or Combined Log Format in Docker's wrapper; 0 of 1 lines unreadable", docker);
    String inner = CADDY.formatted("").strip();
    assertEquals(
        List.of("192.0.2.1@03.524102400"),
        events("{\"log\":" + Text.json(inner + "\n")
            + ",\"stream\":\"stderr\",\"time\":\"2015-05-17T10:05:09Z\"}\n"));
    String kubernetes = "2015-05-17T10:05:09.669794202Z stdout F " + inner + "\n"
        + "2015-05-17T10:05:09.669794202Z stderr F starting\n"
        + "2015-05-17T10:05:09.669794202Z stdout P " + inner.substring(0, 300) + "\n"
        + "2015-05-17T10:05:09.669794202Z stdout P " + inner.substring(300, 310) + "\n"
        + "2015-05-17T10:05:09.669794202Z stdout F " + inner.substring(310) + "\n";
    Log log = read(kubernetes);
    assertEquals(2, log.events().size());
    assertEquals(1, log.skipped());
    assertTold(
        "JSON lines in Kubernetes' wrapper: time = ts, client = request.remote_ip;"
            + " 1 of 3 lines unreadable",
        kubernetes);
  }

  @Test
  void logfmt_isRead() {
    String log =
        "time=\"2015-05-17T10:05:03Z\" level=info method=GET path=/a?b status=200 remote_addr=192.0.2.1:80\n"
            + "time=2015-05-17T10:05:04Z msg=\"a \\\"quoted\\\" ip=x\" remote_addr=192.0.2.2 method=POST path=/c status=500\n"
            + "no pairs here\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.2@04"), events(log));
    assertEquals(List.of("192.0.2.2@04"), events(log, "--where=status=5xx"));
    assertEquals(List.of("a \"quoted\" ip=x@04"), events(log, "--by", "field", "msg"));
    assertTold("logfmt: time = time, client = remote_addr; 1 of 3 lines unreadable", log);
    String heroku =
        "2015-05-17T10:05:03.000000+00:00 heroku[router]: at=info method=GET path=\"/a\" "
            + "host=example.com request_id=8601b555 fwd=\"192.0.2.1\" dyno=web.1 service=3ms status=200 bytes=345\n";
    assertEquals(List.of("192.0.2.1@03"), events(heroku));
  }

  @Test
  void csvAndTsv_areRead() {
    String csv = "time,\"client_ip\",path,note\r\n"
        + "2015-05-17 10:05:03,192.0.2.1,/a,\"a, \"\"b\"\"\"\r\n"
        + "time,\"client_ip\",path,note\r\n"
        + "2015-05-17 10:05:04,192.0.2.2,,\r\n"
        + "2015-05-17 10:05:05,192.0.2.2\r\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.2@04"), events(csv));
    assertEquals(List.of("a, \"b\"@03", "@04"), events(csv, "--by", "field", "note"));
    assertTold("CSV: time = time, client = client_ip; 1 of 3 lines unreadable", csv);
    String tsv = "ts\tkey\tpermits\n1431857103\ta\t3\n1431857104.25\tb\t1\n1431857104\tb\tnone\n";
    assertEquals(List.of("a@03 x3", "b@04.250"), events(tsv));
    assertEquals(1, read(tsv).skipped());
  }

  @Test
  void cloudfrontAndIis_areRead() {
    String log = "#Version: 1.0\n"
        + "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status\n"
        + "2015-05-17\t10:05:03\tLAX1\t2390282\t192.0.2.1\tGET\td1.cloudfront.net\t/a/b.jpg\t200\n"
        + "2015-05-17\t10:05:04\tLAX1\t2390282\t2001:db8::1\tGET\td1.cloudfront.net\t/c\t404\n"
        + "2015-05-17\t10:05:05\tLAX1\n";
    assertEquals(List.of("192.0.2.1@03", "2001:db8::1@04"), events(log));
    assertEquals(
        List.of("2001:db8::1@04"), events(log, "--where", "status=4xx", "--where", "path=/c"));
    assertTold(
        "W3C extended log format (CloudFront, IIS): time = date+time, client = c-ip;"
            + " 1 of 3 lines unreadable",
        log);
    String iis =
        "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method\n"
            + "2015-05-17 10:05:03 192.0.2.1 GET\n#Fields: time c-ip date\n10:05:04 192.0.2.1 2015-05-17\n";
    assertEquals(List.of("192.0.2.1@03", "192.0.2.1@04"), events(iis));
  }

  @Test
  void loadBalancers_areRead() {
    String alb =
        "http 2015-05-17T10:05:03.000000Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80"
            + " 0.000 0.001 0.000 200 200 34 366 \"GET http://www.example.com:80/a?x=1 HTTP/1.1\" \"curl/7.46.0\" - -"
            + " arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067"
            + " \"Root=1-58337262-36d228ad5d99923122bbe354\" \"-\" \"-\" 0 2015-05-17T10:05:03Z \"forward\" \"-\" \"-\"\n";
    String other = alb.replace(":2817", ":2818").replace("05:03.0", "05:04.0");
    assertEquals(List.of("192.168.131.39@03", "192.168.131.39@04"), events(alb + other));
    assertEquals(
        List.of("/a@03"),
        events(alb, "--by", "path", "--where", "status=2xx", "--where", "method=GET"));
    assertTold("AWS Application Load Balancer log; 0 of 1 lines unreadable", alb);
    String elb =
        "2015-05-17T10:05:03.000000Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048"
            + " 0.000057 200 200 0 29 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.38.0\" - -\n";
    assertEquals(List.of("192.168.131.39@03"), events(elb));
    assertTold("AWS Classic Load Balancer log; 0 of 1 lines unreadable", elb);
  }

  @Test
  void haproxy_isRead() {
    String log =
        "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [17/May/2015:10:05:03.655] http-in"
            + " static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html HTTP/1.1\"\n";
    String other =
        log.replace(":33317", ":33318").replace("05:03", "05:04").replace(" 200 ", " 503 ");
    assertEquals(List.of("10.0.1.2@03.655", "10.0.1.2@04.655"), events(log + other));
    assertEquals(
        List.of("10.0.1.2@04.655"),
        events(log + other, "--where", "status=5xx", "--where=path=/index"));
    assertEquals(List.of("http-in@03.655"), events(log, "--by", "field", "frontend"));
    assertTold("HAProxy log; 0 of 1 lines unreadable", log);
  }

  @Test
  void pattern_readsAnythingElse() {
    String log = "03 from 192.0.2.1 cost 7 at 2015-05-17T10:05:03Z!\nnothing\n";
    String pattern = "from (?<client>\\S+) cost (?<permits>\\d+) at (?<time>[^!]+)";
    assertEquals(List.of("192.0.2.1@03 x7"), events(log, "--pattern", pattern));
    assertTold(
        "lines by --pattern: time = time, client = client; 1 of 2 lines unreadable",
        log,
        "--pattern",
        pattern);
    assertTold(
        "--pattern is no regular expression: Unclosed group near column 2; write one such as"
            + " '^(?<time>\\S+) (?<client>\\S+)'",
        log,
        "--pattern",
        "(");
    assertTold(
        "--pattern names no field; write groups such as '^(?<time>\\S+) (?<client>\\S+)'",
        log,
        "--pattern",
        "x");
    assertEquals(
        1,
        read("1 a\n(" + "a".repeat(16_000) + "\n", "--pattern", "(?<time>^\\d+) (?<client>(a|b)*)")
            .skipped());
  }

  @Test
  void notSure_isRefusedWithTheFix() {
    assertTold(
        "standard input: no field is known to be the time; write --time FIELD with one of a, ip",
        "{\"a\":1431857103,\"ip\":\"x\"}\n");
    assertTold(
        "standard input: several fields are times; write --time FIELD with one of a, b, ip",
        "{\"a\":\"2015-05-17\",\"b\":\"2015-05-17\",\"ip\":\"x\"}\n");
    assertTold(
        "standard input: --by client needs a field that is known to be the client; write --key FIELD"
            + " with one of ts, who",
        "{\"ts\":1431857103,\"who\":\"x\"}\n");
    assertTold(
        "standard input: --where path needs a field that is known to be the path; write --where"
            + " FIELD=VALUE with one of ts, ip",
        "{\"ts\":1431857103,\"ip\":\"x\"}\n",
        "--where",
        "path=/");
    assertTold(
        "standard input has no field b\\x1b for --time; it has ts, ip",
        "{\"ts\":1431857103,\"ip\":\"x\"}\n",
        "--time",
        "b\u001b");
    assertTold(
        "standard input: only 1 of the first 100 lines can be read, as seconds key [permits]; if that"
            + " is what it is, write --format-in plain; otherwise describe the lines with --pattern",
        "1 a\n" + "what is this line\n".repeat(99));
    assertEquals(
        99,
        read("1 a\n" + "what is this line\n".repeat(99), "--format-in", "plain").skipped());
    assertEquals(List.of("x@03"), events("{\"a\":\"2015-05-17T10:05:03Z\",\"ip\":\"x\"}\n"));
  }
}
