from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.core.units import Size
from opsconsole.health.checks.settings.local import AccessLogCheck
from tests.health.checks.kinds.local_scope import Runs, runs
from tests.health.checks.kinds.worker.log_writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["runs"]


def request(path: str = "/", status: int = 200, seconds: float = 0.1, size: int = 1_000) -> str:
    return f'1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET {path} HTTP/1.1" {status} {size} "-" "curl" {seconds:.3f}'


class Server(Writer):
    """A web server's log; its lines are requests."""

    def log(self, *lines: str) -> None:
        with self.path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, "access.log")
    yield made
    made.close()


async def test_rates_errors_and_latencies(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path))
    server.log(request(status=500), "nonsense")
    assert (await runs(check)).text == "read from now on; 1 of the last 2 lines can be read"
    server.log(*[request(f"/{number}", seconds=number / 100) for number in range(1, 91)], *[request(status=404)] * 6,
               *[request("/pay?card=1", status=502, seconds=12.5)] * 4)
    measured = await runs(check, later=50)
    assert measured.values["requests"] == pytest.approx(2, rel=0.05)
    assert measured.values["bytes"] == pytest.approx(2_000, rel=0.05)
    assert {name: value for name, value in measured.values.items() if name not in ("requests", "bytes")} == {
        "count": 100, "errors_4xx": 6, "errors_5xx": 4, "error_rate": 10, "unreadable": 0, "skipped": 0,
        "p50": 0.44, "p95": 0.89, "p99": 12.5, "slowest": 12.5}
    assert measured.text.endswith("4.0 % 5xx, 6.0 % 4xx, p95 890 ms")
    assert measured.output.split("\n")[:2] == ["Slowest:", "  12 s at most, 12 s on average of 4  /pay"]
    assert measured.output.split("\n")[-2:] == ["Most errors of the server:", "  4 of 4  /pay"]


async def test_no_request_is_no_error_and_no_latency(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path))
    await runs(check)
    measured = await runs(check, later=60)
    assert (measured.text, measured.level) == ("no requests", Level.OK)
    assert measured.values == {"requests": 0, "count": 0, "bytes": 0, "errors_4xx": 0, "errors_5xx": 0,
                               "error_rate": 0, "unreadable": 0, "skipped": 0}


async def test_hostile_lines_are_passed_over_and_counted(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path))
    await runs(check)
    server.log(request("/\x1b[2J"), "nonsense", "{" * 9_000, request("/" + "x" * 20_000), "\x00\x01", request())
    measured = await runs(check, later=60)
    assert (measured.values["count"], measured.values["unreadable"]) == (2, 4)
    assert "4 lines could not be read as requests." in measured.output
    assert "/\x1b[2J" in measured.output


async def test_a_log_of_another_form_is_unknown_until_it_is_told(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path))
    await runs(check)
    server.log("200 /a 0.5", "200 /b 0.5")
    measured = await runs(check, later=60)
    assert (measured.level, measured.text) == (Level.UNKNOWN, "none of 2 lines could be read; set `format`")
    told = AccessLogCheck(path=str(server.path), format="$status $uri $request_time", ignore="^/a")
    server.log("200 /a 0.5", "503 /b 0.5")
    measured = await runs(told, later=60)
    assert (measured.values["count"], measured.values["errors_5xx"]) == (1, 100)


async def test_rotation_and_a_restart_lose_no_request(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path))
    await runs(check)
    server.log(request())
    server.rename(compress=".gz")
    server.log(request(), request())
    runs.restart()
    assert (await runs(check, later=60)).values["count"] == 3


async def test_a_burst_is_bounded(runs: Runs, server: Server) -> None:
    check = AccessLogCheck(path=str(server.path), most=Size(64_000))
    await runs(check)
    server.log(*[request()] * 2_000)
    measured = await runs(check, later=60)
    assert isinstance(count := measured.values["count"], float)
    assert 600 < count < 900
    assert "were skipped; the figures are too small." in measured.output


@pytest.mark.parametrize(("text", "said"), [
    ("path: a", "must be absolute"), ("path: /a\nignore: '('", "no regular expression"),
    ("path: /a\nformat: '$request'", "has no status"), ("path: /a\nlatency_unit: h", "one of")])
def test_mistakes_are_said(text: str, said: str) -> None:
    with pytest.raises(ConfigMistakes, match=said):
        decode(f"kind: access-log\n{text}\n", AccessLogCheck, source="x", env={})
