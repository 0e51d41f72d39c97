"""What every test relies on: no trace of the person who runs them, and no test skipped where none may be.

Textual reads its environment when it is imported, so the process's own environment is set here, at import,
and each test then gets folders of its own.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
import sqlite3
import threading
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

REQUIRE_SERVERS = "OPSCONSOLE_REQUIRE_SERVERS"
require_everything = os.environ.get(REQUIRE_SERVERS, "") not in ("", "0")

FOREIGN = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "SSH_CONNECTION", "SSH_CLIENT",
           "SSH_TTY", "SUDO_USER", "SUDO_UID", "SUDO_GID", "SUDO_COMMAND", "PAGER", "EDITOR", "VISUAL", "LANGUAGE",
           "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "STY", "INVOCATION_ID", "NOTIFY_SOCKET", "JOURNAL_STREAM")
"""Variables of the person's session that would change what the program does."""
SNAPSHOTS = "TEXTUAL_SNAPSHOT_TEMPDIR"
"""Where the workers of one run put the pictures for their common report."""


def isolate_process() -> None:
    """Give this process, and each one that it starts, the same environment on every machine."""
    ours = {name for name in os.environ if name.startswith(("OPSCONSOLE_", "TEXTUAL", "LC_"))} - {SNAPSHOTS}
    for name in [*FOREIGN, *ours]:
        os.environ.pop(name, None)
    os.environ.update({"TEXTUAL_ANIMATIONS": "none", "COLORTERM": "truecolor", "TERM": "xterm-256color",
                       "TZ": "Europe/Berlin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"})
    time.tzset()
    # A run in the background of a shell ignores these, and so would each program that it starts.
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL),
                          (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


isolate_process()

import pytest  # noqa: E402 - after the environment is set
from hypothesis import HealthCheck, settings  # noqa: E402

# No deadlines: tests never judge wall time. A run that gates others must be repeatable, so it is derandomised.
settings.register_profile("quick", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("quick"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "quick"))


COLLECTOR = (10_000, 10, 10)
"""Objects after which garbage is looked for. Python's own 700 took a quarter of the time of a test of a screen."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made here, every test and every module, stays: the collector need not look at it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        # Only now: what lives long is counted here, and a full search waits until a quarter as much has been added.
        gc.collect()
        gc.set_threshold(*COLLECTOR)
        gc.enable()


@pytest.fixture
def everything_counts() -> Iterator[None]:
    """For tests that look through all objects there are: also what is of before the first test."""
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.fixture(scope="session")
def _places(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes an empty folder of a name: pytest looks through all that there are for a free number, each time."""
    base, numbers = tmp_path_factory.getbasetemp(), count()

    def make(name: str) -> Path:
        path = base / f"{next(numbers)}-{name}"
        path.mkdir(mode=0o700)
        return path

    return make


@pytest.fixture
def tmp_path(_places: Callable[[str], Path], request: pytest.FixtureRequest) -> Path:
    """An empty folder for this test, which stays, as pytest's own."""
    return _places(re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def _own_folders(_places: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME and every XDG folder are new and empty for each test."""
    home = _places("home")
    folders = {"HOME": home, "XDG_CONFIG_HOME": home / ".config", "XDG_DATA_HOME": home / ".local/share",
               "XDG_STATE_HOME": home / ".local/state", "XDG_CACHE_HOME": home / ".cache",
               "XDG_RUNTIME_DIR": home / ".run", "XDG_CONFIG_DIRS": home / "etc-xdg", "XDG_DATA_DIRS": home / "share"}
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(folder))


@pytest.fixture(scope="session")
def _copying() -> Callable[..., None]:
    """In place of the steps that bring a new database to its schema: a copy of one that went through them.

    The steps take longer than most of the tests that need a database.
    """
    from opsconsole.core.database import METRICS, RECORDS
    from opsconsole.core.database.migrating import migrate

    made: dict[Any, sqlite3.Connection] = {}
    one_at_a_time = threading.Lock()

    def copied(raw: sqlite3.Connection, path: Path, schema: Any, timeout: float) -> None:
        with one_at_a_time:
            if schema not in (RECORDS, METRICS) or path.stat().st_size:
                migrate(raw, path, schema, timeout)
            elif schema in made:
                made[schema].backup(raw)
            else:
                migrate(raw, path, schema, timeout)
                made[schema] = sqlite3.connect(":memory:", check_same_thread=False)
                raw.backup(made[schema])

    return copied


@pytest.fixture(autouse=True)
def _databases(request: pytest.FixtureRequest, _copying: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """New databases are copies, but for those who try how they are made, and for other processes."""
    if not request.path.name.startswith("test_database"):
        monkeypatch.setattr("opsconsole.core.database.migrating.migrate", _copying)


@pytest.fixture
def home() -> Path:
    """The empty home folder of this test."""
    return Path(os.environ["HOME"])


@pytest.fixture
def stopped_log() -> Iterator[None]:
    """Whatever logging the test starts ends with it."""
    from opsconsole.core import logfile

    level = logging.getLogger().level
    yield
    logfile.stop()
    logging.getLogger().setLevel(level)


@pytest.fixture
def program(stopped_log: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line in this process: arguments in; exit status, output, errors out."""
    from opsconsole import cli

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        return int(cli.run([str(argument) for argument in arguments])), *capsys.readouterr()
    return run


def _unwanted_skip(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """The reason of a skip that says something is missing here, where everything must be there; else None."""
    if not (require_everything and report.skipped) or hasattr(report, "wasxfail"):
        return None
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    return reason if reason.startswith("needs ") else None


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _refuse_skip(report: Report) -> Report:
    if (reason := _unwanted_skip(report)) is not None:
        report.outcome = "failed"
        report.longrepr = f"skipped where {REQUIRE_SERVERS} is set: {reason}"
    return report


def _encodable(data: Any) -> Any:
    """The same data with what no UTF-8 can say, as hostile texts have it, spelled out."""
    if isinstance(data, str):
        return data.encode("utf-8", "backslashreplace").decode()
    if isinstance(data, dict):
        return {_encodable(key): _encodable(value) for key, value in data.items()}
    return type(data)(map(_encodable, data)) if isinstance(data, list | tuple) else data


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Reports go from worker to master as UTF-8; captured output of a test may hold surrogates."""
    return _encodable((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip that "needs" something is a failure where everything must be there."""
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
        collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    return _refuse_skip((yield))
