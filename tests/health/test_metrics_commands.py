"""`opsconsole metrics` on a history that was recorded before."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import HOUR, MINUTE, SystemClock
from opsconsole.core.database import METRICS, Database
from opsconsole.core.levels import Level
from opsconsole.core.paths import make_paths
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from tests.core.storage import as_root, listing, mode, small_disk
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

LATENCY = "check:shop.latency"


CONFIG = """
checks:
  shop: {kind: http, url: "http://127.0.0.1/"}
  backup: {kind: file, path: /backup, every: 1h}
  old: {kind: http, url: "http://127.0.0.1/"}
"""


@pytest.fixture
def now(home: Path) -> int:
    """A recent history: three hours, a series that nobody records any more, and checks that run or do not."""
    (home / ".config/opsconsole").mkdir(parents=True)
    (home / ".config/opsconsole/opsconsole.yaml").write_text(CONFIG, encoding="utf-8")
    return asyncio.run(recorded())


async def recorded() -> int:
    path = make_paths(None, os.environ).metrics
    at = SystemClock().now()
    async with await Database.open(path, METRICS) as db:
        store = MetricStore(db)
        await store.record(at - 3 * HOUR, {"mount:/gone.percent": 50.0})
        for number in range(180, 0, -1):
            await store.record(at - number * MINUTE, {"cpu.busy": 34.5, LATENCY: number / 1000})
        await store.record(at, {"cpu.busy": 36.25, LATENCY: 0.084, "mount:/var.percent": 91.0, "mount:/var.free": 4e9,
                                "metric:orders.today": 7.0})
        checks = CheckStore(db)
        for name, age in (("shop", 0), ("backup", HOUR), ("old", HOUR), ("removed", 0)):
            checks.put(Outcome(name=name, level=Level.WARNING, text="slow", at=at - age, took=0.1, values={
                "latency": 0.084, "status": 200.0, "up": True, "version": "7", "rows": None, "a/b": 3.0}), 60)
        await checks.flush()
    return at


def test_exports_the_newest_values(program: Program, now: int) -> None:
    code, out, err = program("metrics", "export")
    assert (code, err) == (0, "")
    assert "opsconsole_cpu_busy_percent 36.25\n" in out
    assert 'opsconsole_mount_used_percent{mount="/var"} 91\n' in out
    assert 'opsconsole_mount_free_bytes{mount="/var"} 4000000000\n' in out
    assert 'opsconsole_check_latency_seconds{check="shop"} 0.084\n' in out
    assert 'opsconsole_metric{metric="orders.today"} 7\n' in out
    assert "gone" not in out, "it is stale"
    assert out.endswith("# EOF\n")
    assert re.search(r"^opsconsole_recorded_timestamp_seconds (\S+)$", out, re.MULTILINE)[1] == repr(  # type: ignore[index]
        now / 1000).removesuffix(".0")
    stamped = program("metrics", "export", "--timestamps")[1]
    assert f"opsconsole_cpu_busy_percent 36.25 {now / 1000:.3f}\n" in stamped


def test_exports_what_checks_found(program: Program, now: int) -> None:
    out = program("metrics", "export")[1]
    found = [line for line in out.splitlines() if line.startswith("opsconsole_check_")]
    assert found == [
        'opsconsole_check_latency_seconds{check="backup"} 0.084',
        'opsconsole_check_latency_seconds{check="shop"} 0.084',
        'opsconsole_check_status{check="backup"} 2',
        'opsconsole_check_status{check="shop"} 2',
        'opsconsole_check_up{check="backup"} 1',
        'opsconsole_check_up{check="shop"} 1',
        'opsconsole_check_value{check="backup",value="a/b"} 3',
        'opsconsole_check_value{check="backup",value="status"} 200',
        'opsconsole_check_value{check="shop",value="a/b"} 3',
        'opsconsole_check_value{check="shop",value="status"} 200',
    ], "the seldom one is not stale; the one that stopped and the one that is not configured are left out"


def test_writes_a_file_in_one_step(program: Program, now: int, tmp_path: Path) -> None:
    file = tmp_path / "collector" / "opsconsole.prom"
    code, _, err = program("metrics", "export", "--output", file)
    assert code == 4
    assert "collector" in err
    file.parent.mkdir()
    before = os.umask(0o077)
    try:
        assert program("metrics", "export", "--output", file) == (0, "", "")
    finally:
        os.umask(before)
    assert mode(file) == 0o644
    first = file.stat().st_ino
    assert program("metrics", "export", "--output", file) == (0, "", "")
    assert file.stat().st_ino != first
    assert listing(file.parent) == ["opsconsole.prom"]
    assert file.read_text(encoding="utf-8").endswith("# EOF\n")


def test_a_file_that_cannot_be_written(program: Program, now: int, tmp_path: Path) -> None:
    (tmp_path / "folder.prom").mkdir()
    code, _, err = program("metrics", "export", "--output", tmp_path / "folder.prom")
    assert code == 4
    assert "folder.prom" in err
    assert listing(tmp_path) == ["folder.prom"]


@as_root
def test_a_full_disk_leaves_what_was_there(program: Program, now: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        file = disk / "opsconsole.prom"
        file.write_text("before", encoding="utf-8")
        with pytest.raises(OSError, match="space"):
            (disk / "fill").write_bytes(bytes(1 << 20))
        code, _, err = program("metrics", "export", "--output", file)
        assert code == 4
        assert "space" in err
        assert file.read_text(encoding="utf-8") == "before"
        assert listing(disk) == ["fill", "opsconsole.prom"]


def test_without_any_history(program: Program) -> None:
    code, out, err = program("metrics", "export")
    assert (code, out) == (4, "")
    assert "opsconsole agent" in err
    assert not make_paths(None, os.environ).metrics.exists(), "reading makes nothing"


def test_when_nothing_records(program: Program, tmp_path: Path) -> None:
    async def old() -> None:
        async with await Database.open(make_paths(None, os.environ).metrics, METRICS) as db:
            await MetricStore(db).record(SystemClock().now() - HOUR, {"cpu.busy": 1.0})

    asyncio.run(old())
    code, out, err = program("metrics", "export", "--output", tmp_path / "o.prom")
    assert (code, out) == (1, "")
    assert "agent" in err
    assert (tmp_path / "o.prom").read_text(encoding="utf-8") == "# EOF\n"


def test_lists_series(program: Program, now: int) -> None:
    code, out, err = program("metrics", "list", "mount:")
    assert (code, err) == (0, "")
    assert [line.split()[-1] for line in out.splitlines()] == ["mount:/gone.percent", "mount:/var.free",
                                                               "mount:/var.percent"]
    found = json.loads(program("metrics", "list", "--json")[1])
    assert [one["name"] for one in found] == [LATENCY, "cpu.busy", "metric:orders.today", "mount:/gone.percent",
                                             "mount:/var.free", "mount:/var.percent"]
    assert found[1]["since"] == now - 180 * MINUTE


def test_shows_a_course(program: Program, now: int) -> None:
    code, out, err = program("metrics", "show", LATENCY, "--since", "2h", "--rows", "4")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 6
    assert lines[0].split() == ["from", "mean", "min", "max", "values"]
    assert lines[1].split()[-1] in {"29", "30", "31"}
    assert " ms" in lines[1]
    assert lines[-1].startswith("p50 60.0 ms  p95 11")
    found = json.loads(program("metrics", "show", LATENCY, "--since", "2h", "--rows", "4", "--json")[1])
    assert found["percentiles"]["p50"] == pytest.approx(0.06, abs=0.002)
    assert [len(one) for one in (found["buckets"], found["series"])] == [4, len(LATENCY)]
    assert program("metrics", "show", "mount:/gone.percent", "--since", "1h")[1].count(" - ") > 20


@pytest.mark.parametrize(("arguments", "said"), [
    (["cpu.bussy"], "did you mean `cpu.busy`?"),
    (["\x1b[31mred"], "no series"),
    (["cpu.busy", "--since", "soon"], "duration"),
    (["cpu.busy", "--since", "0"], "too short"),
    (["cpu.busy", "--since", "1ms"], "too short"),
    (["cpu.busy", "--rows", "0"], "rows"),
])
def test_what_cannot_be_shown(program: Program, now: int, arguments: list[str], said: str) -> None:
    code, out, err = program("metrics", "show", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert_inert(err, lines=True)


def test_foreign_names_do_nothing(program: Program) -> None:
    async def foreign() -> list[str]:
        async with await Database.open(make_paths(None, os.environ).metrics, METRICS) as db:
            store = MetricStore(db)
            await store.record(SystemClock().now(), {f"mount:/{one}.percent": 1.0 for one in CORPUS})
            return [one.name for one in await store.series()]

    names = asyncio.run(foreign())
    assert len(names) > 40
    for arguments in (["export"], ["list"], ["list", "--json"]):
        code, out, err = program("metrics", *arguments)
        assert (code, err) == (0, "")
        assert_inert(out, lines=True)
    for name in names:
        code, out, _ = program("metrics", "show", name, "--rows", "1")
        assert code == 0
        assert_inert(out, lines=True)


def test_no_user_interface_is_imported(now: int) -> None:
    code = ("import sys\nfrom opsconsole import cli\ncli.run(['metrics', 'export'])\n"
            "assert not {'textual', 'rich', 'httpx', 'apprise'} & sys.modules.keys()\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
