from __future__ import annotations

import contextlib
import logging
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.core import logfile
from opsconsole.core.settings import LogSettings
from opsconsole.core.units import Size
from tests.hostile import CORPUS, assert_inert

ROOT = Path(__file__).parents[2]
log = logging.getLogger("opsconsole.test")
pytestmark = pytest.mark.usefixtures("stopped_log")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "opsconsole.log"


def test_lines_of_keys_and_values(path: Path) -> None:
    logfile.start(LogSettings(), path)
    log.warning("could not read %s", "/a b", extra={"path": "/x", "count": 3, "quoted": 'a "b" \\', "empty": ""})
    line = path.read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warning logger=opsconsole\.test pid=\d+ "
                        r'message="could not read /a b" path=/x count=3 quoted="a \\"b\\" \\\\" empty=""\n', line)
    assert str(os.getpid()) in line


def test_nothing_is_created_before_the_first_record(path: Path) -> None:
    logfile.start(LogSettings(), path)
    log.debug("not recorded")
    assert not path.parent.exists()
    log.info("recorded")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_levels(path: Path) -> None:
    logfile.start(LogSettings(level="error"), path)
    log.warning("quiet")
    log.error("loud")
    logfile.start(LogSettings(level="error"), path, debug=True)
    log.debug("everything")
    text = path.read_text()
    assert "quiet" not in text
    assert "loud" in text
    assert text.count("everything") == 1


def _fail(message: str) -> None:
    raise ValueError(message)


def test_stack_traces_follow_indented(path: Path) -> None:
    logfile.start(LogSettings(), path)
    try:
        _fail("\x1b]52;c;x\x07 bad\nvalue")
    except ValueError:
        log.exception("failed", stack_info=True)
    first, *more = path.read_text().splitlines()
    assert "level=error" in first
    assert all(line.startswith("  ") for line in more)
    assert any("ValueError: ␛]52;c;x␇ bad" in line for line in more)
    assert any("Stack (most recent call last)" in line for line in more)


@pytest.mark.parametrize("foreign", CORPUS)
def test_foreign_text_is_harmless(path: Path, foreign: str) -> None:
    logfile.start(LogSettings(), path)
    log.info(foreign, extra={"value": foreign})
    log.info("%s", foreign)
    text = path.read_text()
    assert_inert(text, lines=True)
    assert text.count("\n") == 2


def test_a_record_that_cannot_be_formatted_is_still_told(path: Path) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError("no")

    logfile.start(LogSettings(), path)
    ours = next(handler for handler in logging.getLogger().handlers if isinstance(handler, logfile.FileLog))
    ours.handle(logging.makeLogRecord({"msg": "%d items", "args": ("many",)}))  # other handlers raise for it
    log.info("bad", extra={"value": Bad()})
    first, second = path.read_text().splitlines()
    assert "%d items ('many',)" in first
    assert 'value="Bad (RuntimeError)"' in second


def test_a_long_value_is_cut(path: Path) -> None:
    logfile.start(LogSettings(), path)
    log.info("x" * 1_000_000)
    assert path.stat().st_size < 10_000


def test_rotation_keeps_as_many_as_wanted(path: Path) -> None:
    logfile.start(LogSettings(size=Size(10_000), keep=2), path)
    for number in range(500):
        log.info("record %d %s", number, "x" * 50)
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["opsconsole.log", "opsconsole.log.1", "opsconsole.log.2"]
    assert all(file.stat().st_size <= 10_000 for file in path.parent.iterdir())
    assert "record 499 " in path.read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_rotation_without_old_files(path: Path) -> None:
    logfile.start(LogSettings(size=Size(10_000), keep=0), path)
    for number in range(300):
        log.info("record %d %s", number, "x" * 50)
    assert [file.name for file in path.parent.iterdir()] == ["opsconsole.log"]
    assert "record 299 " in path.read_text()


def test_another_process_may_rotate(path: Path) -> None:
    logfile.start(LogSettings(), path)
    log.info("one")
    path.rename(path.with_name("moved"))
    log.info("two")
    assert "two" in path.read_text()
    path.unlink()
    log.info("three")
    assert "three" in path.read_text()


WRITER = """
import logging, sys
from pathlib import Path
from opsconsole.core import logfile
from opsconsole.core.settings import LogSettings
from opsconsole.core.units import Size
logfile.start(LogSettings(size=Size(20_000), keep=100), Path(sys.argv[1]))
for number in range(200):
    logging.getLogger("w").info("record %s-%d", sys.argv[2], number)
"""


def test_processes_share_a_file_without_losing_a_record(path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], env=env) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    text = "".join(file.read_text() for file in path.parent.iterdir())
    assert len(list(path.parent.iterdir())) > 1
    for name in "abc":
        for number in range(200):
            assert text.count(f"record {name}-{number}\"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_stops_nothing_and_is_told_afterwards(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logfile.start(LogSettings(), path)
    assert logfile.problem() == ""
    log.info("one")
    real = os.write
    with monkeypatch.context() as patch:
        def full(descriptor: int, data: bytes) -> int:
            with Path("/dev/full").open("wb", buffering=0) as device:
                return real(device.fileno(), data)
        patch.setattr(os, "write", full)
        log.info("two")
        log.info("three")
    assert logfile.problem() == "No space left on device"
    log.info("four")
    assert logfile.problem() == ""
    assert [line.partition("message=")[2] for line in path.read_text().splitlines()] == [
        "one", '"records lost" records=2', "four"]


@pytest.mark.parametrize("obstacle", ["file", "fifo", "folder", "device"])
def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path, obstacle: str) -> None:
    path = tmp_path / "log"
    if obstacle == "file":
        path.touch()
        path = path / "opsconsole.log"
    elif obstacle == "fifo":
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    elif obstacle == "folder":
        path.mkdir()
    else:
        path = Path("/dev/null")
    with contextlib.closing(logfile.FileLog(path, 1000, 1)) as handler:
        handler.setFormatter(logfile.KeyValueFormatter())
        handler.handle(logging.makeLogRecord({"msg": "x"}))
        assert handler.problem
        assert handler.lost == 1
    if obstacle == "fifo":
        os.close(reader)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_without_permission_the_program_goes_on(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    script = ("import os, logging\nfrom pathlib import Path\nfrom opsconsole.core import logfile, text\n"
              "from opsconsole.core.settings import LogSettings\nos.setuid(65534)\n"
              f"logfile.start(LogSettings(), Path({str(tmp_path / 'x/opsconsole.log')!r}))\n"
              "logging.error('lost')\nprint(logfile.problem())")
    # Nobody may write the data of a coverage run either.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True,
                          env={**environment, "PYTHONPATH": str(ROOT)})
    assert done.stdout == "Permission denied\n"
    assert done.stderr == ""


def test_nothing_reaches_the_terminal(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logfile.start(LogSettings(), path)
    log.critical("loud")
    logging.getLogger("other").error("also")
    assert capfd.readouterr() == ("", "")


def test_no_costly_imports() -> None:
    script = "import sys, opsconsole.core.logfile; sys.exit('logging.handlers' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)})
