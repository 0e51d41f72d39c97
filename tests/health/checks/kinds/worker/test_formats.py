from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.worker.access import Requests
from opsconsole.health.checks.kinds.worker.formats import Request, compiled, reader

COMMON = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326'
COMBINED = f'{COMMON} "http://example.invalid/start" "Mozilla/4.08 [en] (\\"Win98\\"; I ;Nav)"'
NGINX = ('$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
         '"$http_user_agent" $request_time $upstream_response_time $pipe')


@pytest.mark.parametrize(("line", "request_"), [
    (COMMON, Request(200, "/a.gif", None, 2326)), (COMBINED, Request(200, "/a.gif", None, 2326)),
    (f"shop.example:443 {COMBINED}", Request(200, "/a.gif", None, 2326)),
    (f"{COMBINED} 0.250", Request(200, "/a.gif", 0.25, 2326)), (f"{COMMON} 0.250", Request(200, "/a.gif", 0.25, 2326)),
    (f"{COMBINED} 250000", Request(200, "/a.gif", 0.25, 2326)),
    (f"{COMBINED} \"0.250\"", Request(200, "/a.gif", 0.25, 2326)),
    (f"{COMBINED} \"-\" rt=0.250 ua=\"x\"", Request(200, "/a.gif", 0.25, 2326)),
    (f"{COMBINED} request_time=250ms", Request(200, "/a.gif", 0.25, 2326)),
    (f"{COMBINED} something else", Request(200, "/a.gif", None, 2326)),
    ('::1 - - [10/Oct/2000:13:55:36 +0000] "-" 408 -', Request(408, "-", None, None)),
    (r'1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01" 400 150 "-" "-"',
     Request(400, r"\x16\x03\x01", None, 150)),
    ('1.2.3.4 - two words [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 404 5', Request(404, "/", None, 5)),
    ('{"status": 503, "request_uri": "/x?y", "request_time": 1.5, "body_bytes_sent": 12}', Request(503, "/x", 1.5, 12)),
    ('{"status":"200","request":"POST /x HTTP/1.1","request_time":"0.100","bytes_sent":"7"}',
     Request(200, "/x", 0.1, 7)),
    ('{"level":"info","request":{"method":"GET","uri":"/c"},"duration":0.02,"size":3,"status":201}',
     Request(201, "/c", 0.02, 3)),
    ('{"DownstreamStatus":502,"RequestPath":"/t","Duration":2500000,"DownstreamContentSize":11}',
     Request(502, "/t", 0.0025, 11)),
    ('{"statusCode":200,"path":"/d","duration_ms":12.5}', Request(200, "/d", 0.0125, None))])
def test_the_usual_forms_are_recognised(line: str, request_: Request) -> None:
    assert reader("", "auto")(line) == pytest.approx(request_) if request_.seconds else request_


@pytest.mark.parametrize("line", [
    "", "x", '1.2.3.4 - - [now] "GET / HTTP/1.1" 2000 5', '1.2.3.4 - - [now] "GET / HTTP/1.1 200 5', "{", "{}", "[]",
    '{"status": "999"}', '{"status": null}', '{"status": [200]}', '{"request": 7}', "{" * 100_000, '"' * 16_000])
def test_what_is_no_request_is_none(line: str) -> None:
    assert reader("", "auto")(line) is None


@pytest.mark.parametrize(("form", "unit", "line", "request_"), [
    (NGINX, "auto", f"{COMBINED} 0.250 0.100, 0.125 .", Request(200, "/a.gif", 0.25, 2326)),
    ("'$remote_addr \"$request\" '\n  '$status ${body_bytes_sent} $request_time';", "auto",
     '::1 "GET /x HTTP/2.0" 204 0 0.001', Request(204, "/x", 0.001, 0)),
    ('%h %l %u %t \\"%r\\" %>s %b %D', "auto", f"{COMMON} 1500000", Request(200, "/a.gif", 1.5, 2326)),
    ('%h %t "%r" %>s %O %{ms}T', "auto", '1.1.1.1 [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 304 0 20',
     Request(304, "/", 0.02, 0)),
    ("%m %U %s 100%% %T", "ms", "GET /path 500 100% 12", Request(500, "/path", 0.012, None)),
    ("$status|$uri|$request_time", "us", "301|/a b|1000", Request(301, "/a b", 0.001, None))])
def test_formats_as_the_servers_are_told(form: str, unit: str, line: str, request_: Request) -> None:
    assert reader(form, unit)(line) == request_


def test_a_format_without_status_is_refused() -> None:
    with pytest.raises(ValueError, match="has no status"):
        compiled("$remote_addr $request")


@given(st.text() | st.text('[]"{}: -0123456789./GETHP', max_size=200),
       st.sampled_from(["", NGINX, "%>s %r", "$status"]))
def test_any_line_is_survived(line: str, form: str) -> None:
    found = reader(form, "auto")(line)
    assert found is None or (100 <= found.status <= 599 and "?" not in found.path
                             and (found.seconds is None or 0 <= found.seconds <= 86_400))


FIELDS = ["remote_addr", "time_local", "request_time", "body_bytes_sent", "http_user_agent", "status"]


@given(st.permutations(FIELDS), st.integers(100, 599), st.integers(0, 10**9), st.floats(0, 3600),
       st.text(st.characters(codec="utf-8", exclude_characters='"\\\n'), max_size=30))
def test_what_a_format_writes_it_reads(order: list[str], status: int, size: int, seconds: float, agent: str) -> None:
    values = {"remote_addr": "::1", "time_local": "10/Oct/2000:13:55:36 -0700", "request_time": f"{seconds:.3f}",
              "body_bytes_sent": str(size), "http_user_agent": agent, "status": str(status)}
    form = " ".join(f'"${name}"' for name in order)
    line = " ".join(f'"{values[name]}"' for name in order)
    assert reader(form, "auto")(line) == Request(status, "", float(f"{seconds:.3f}"), size)


@given(st.lists(st.tuples(st.integers(100, 599), st.floats(0, 100)), min_size=1, max_size=50))
def test_counts_and_percentiles_are_those_of_the_requests(items: list[tuple[int, float]]) -> None:
    requests = Requests("", "auto", "")
    requests.take([json.dumps({"status": status, "uri": "/", "request_time": seconds}) for status, seconds in items])
    result = requests.result()
    times = sorted(seconds for _, seconds in items)
    assert result["count"] == len(items)
    assert result["errors_5xx"] == sum(status >= 500 for status, _ in items)
    assert result["errors_4xx"] == sum(400 <= status < 500 for status, _ in items)
    for percent in (50, 95, 99):
        assert sum(each <= result[f"p{percent}"] for each in times) * 100 >= percent * len(times)
        assert sum(each < result[f"p{percent}"] for each in times) * 100 < percent * len(times)
    assert result["slowest"] == times[-1]


def test_paths_are_bounded_and_ignored_ones_do_not_count() -> None:
    requests = Requests("$status $uri $request_time", "auto", "^/health")
    requests.take([f"500 /{number} {number / 1000}" for number in range(7_000)])
    requests.take(["500 /health 9", "", "# comment", "x"])
    result = requests.result()
    assert (result["count"], result["unreadable"]) == (7_000, 1)
    assert [path for path, *_ in result["slow_paths"]] == ["(others)", "/4999", "/4998", "/4997", "/4996"]
    assert result["failing_paths"][0] == ["(others)", 2_000, pytest.approx(5.9995), 6.999, 2_000]
