from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.health.checks.settings.local import FileCheck
from tests.health.checks.kinds.local_scope import Runs, runs

__all__ = ["runs"]


def backup(folder: Path, name: str, *, age: float, size: int, now: float) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    os.utime(path, (now - age, now - age))
    return path


async def test_the_newest_of_several_counts(runs: Runs, tmp_path: Path) -> None:
    now = runs.clock.now() / 1000
    backup(tmp_path, "a.dump", age=90_000, size=10, now=now)
    newest = backup(tmp_path, "b.dump", age=3_600, size=2_048, now=now)
    backup(tmp_path, "c.txt", age=1, size=1, now=now)
    (tmp_path / "d.dump").mkdir()
    (tmp_path / "e.dump").symlink_to("nowhere")
    measured = await runs(FileCheck(path=f"{tmp_path}/*.dump"))
    age = measured.values["age"]
    assert isinstance(age, float)
    assert 3_599 <= age <= 3_700
    assert {**measured.values, "age": 0} == {"exists": True, "age": 0, "size": 2_048, "count": 2, "total": 2_058}
    assert (measured.text, measured.output, measured.level) == ("1 h old, 2 KiB, 2 files", str(newest), Level.OK)


async def test_growth_is_bytes_per_second_since_the_run_before(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100)
    check = FileCheck(path=str(path))
    assert "growth" not in (await runs(check)).values
    path.write_bytes(b"x" * 1_100)
    growth = (await runs(check, later=100)).values["growth"]
    assert isinstance(growth, float)
    assert 9 < growth <= 10
    assert (await runs(check)).values["growth"] == growth
    path.write_bytes(b"x" * 200)
    emptied = (await runs(check, later=100)).values["growth"]
    assert isinstance(emptied, float)
    assert 1.8 < emptied <= 2


async def test_a_newer_file_in_the_place_of_the_one_before_is_no_growth(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    check = FileCheck(path=f"{tmp_path}/*")
    await runs(check)
    backup(tmp_path, "b", age=-10, size=900, now=runs.clock.now() / 1000)
    measured = await runs(check, later=100)
    assert "growth" not in measured.values


async def test_a_missing_file_is_told_by_exists(runs: Runs, tmp_path: Path) -> None:
    for path in (f"{tmp_path}/none", f"{tmp_path}/*.none", f"{tmp_path}/none/**/x", f"{tmp_path}/x/y"):
        measured = await runs(FileCheck(path=path))
        assert (measured.values["exists"], measured.text, measured.problem) == (False, "no such file", "")


async def test_a_file_of_the_future_is_new(runs: Runs, tmp_path: Path) -> None:
    path = backup(tmp_path, "a", age=-500, size=0, now=runs.clock.now() / 1000)
    measured = await runs(FileCheck(path=str(path)))
    assert (measured.values["age"], measured.values["size"], measured.text) == (0, 0, "0 s old, 0 B")


async def test_any_depth_and_foreign_names(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"\x1b[31m\xff\n.dump")).write_bytes(b"abc")
    measured = await runs(FileCheck(path=f"{tmp_path}/**/*.dump"))
    assert (measured.values["size"], measured.values["count"]) == (3, 1)
    assert measured.output == f"{folder}/\x1b[31m\\xff\n.dump"
    odd = await runs(FileCheck(path=f"{folder}/\x1b[[]31m*"))
    assert odd.values["exists"] is True


async def test_a_folder_and_a_device_are_looked_at_and_never_opened(runs: Runs, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        assert (await runs(FileCheck(path=str(path)))).values["exists"] is True


async def test_what_the_kernel_refuses_to_say_is_unknown(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    measured = await runs(FileCheck(path=f"{tmp_path}/loop"))
    assert measured.level == Level.UNKNOWN
    assert measured.text == f"{tmp_path}/loop: Too many levels of symbolic links"
    assert (await runs(FileCheck(path="/" + "x" * 3_000))).level == Level.UNKNOWN


def test_a_path_must_be_absolute() -> None:
    with pytest.raises(ConfigMistakes, match="must be absolute"):
        decode("kind: file\npath: backups/*\n", FileCheck, source="x", env={})


def test_a_mount_that_hangs_delays_nobody_else_and_costs_one_process(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or not Path("/dev/fuse").exists():
        pytest.skip("needs unshare and /dev/fuse")
    folder = tmp_path / "mounted"
    folder.mkdir()
    script = Path(__file__).with_name("hanging_mount.py")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    run = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", sys.executable, str(script), str(folder)],
                         capture_output=True, text=True, env=environment, timeout=100, check=False)
    if "unshare" in run.stderr and "Operation not permitted" in run.stderr:
        pytest.skip("needs user namespaces")
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout.splitlines()[-1])
    if "skip" in seen:
        pytest.skip(seen["skip"])
    assert seen["well"] == ["", True]
    assert seen["hung"] == ["no answer within 700 ms", "no answer within 700 ms"]
    assert seen["again"] == ["an earlier question still hangs in the kernel"] * 2
    assert seen["others"] == [True] * seen["count"]
    # How many others were asked meanwhile depends on how busy the machine is; that none waited does not.
    assert seen["count"] >= 2
    assert seen["longest"] < 0.5
    assert seen["stuck"] == 2
    assert seen["back"] == "Transport endpoint is not connected"
