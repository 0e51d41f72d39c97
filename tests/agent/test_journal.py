"""The log on standard error: for a person, for the journal, as JSON; foreign text in all of them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent import journal
from opsconsole.core.logfile import LONGEST
from tests.agent.agents import ROOT
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    root.setLevel(level)


def record(message: str, level: int = logging.WARNING, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "x", "levelno": level, "levelname": logging.getLevelName(level),
                                  "msg": message, "process": 7})
    made.__dict__.update(extra)
    return made


def failed() -> logging.LogRecord:
    try:
        int("\x1b[31mred\nline")
    except ValueError:
        return record("failed", logging.ERROR, exc_info=sys.exc_info())
    raise AssertionError


def test_the_journal_gets_priorities_and_no_time() -> None:
    form = journal.JournalFormatter().format
    assert form(record("all is well", logging.INFO, job="a b")) == (
        '<6>level=info logger=x pid=7 message="all is well" job="a b"')
    assert [form(record("x", level))[:3] for level in (10, 20, 30, 40, 50)] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    lines = form(failed()).split("\n")
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_json_is_one_object_per_line() -> None:
    form = journal.JsonFormatter().format
    found = json.loads(form(record("hello %s", job="a", odd={1, 2}, at=None)))
    assert found["message"] == "hello %s"
    assert (found["level"], found["job"], found["pid"]) == ("warning", "a", 7)
    trace = json.loads(form(failed()))["trace"]
    assert "ValueError" in trace
    broken = record("%d")
    broken.args = ("x",)
    assert "%d" in json.loads(form(broken))["message"]


@pytest.mark.parametrize("text", CORPUS)
def test_foreign_text_acts_nowhere(text: str) -> None:
    for form in (journal.JournalFormatter(), journal.JsonFormatter()):
        line = form.format(record(text, job=text, **{"key" + text[:5]: 1}))
        assert "\n" not in line
        assert_inert(line)
    said = json.loads(journal.JsonFormatter().format(record(text)))["message"]
    # Two halves of a surrogate pair that come together are one character in JSON.
    assert said.encode("utf-16", "surrogatepass") == text[:LONGEST].encode("utf-16", "surrogatepass")


def test_whether_it_is_the_journal(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        found = os.fstat(file.fileno())
        env = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert journal.in_journal(env, file.fileno())
        assert not journal.in_journal({"JOURNAL_STREAM": "1:2"}, file.fileno())
        assert not journal.in_journal({}, file.fileno())
    assert not journal.in_journal(env, 999)


def test_the_level_is_that_of_the_settings_or_everything() -> None:
    journal.start("warning", {}, as_json=False, debug=False)
    assert logging.getLogger().level == logging.WARNING
    journal.set_level("error", debug=True)
    assert logging.getLogger().level == logging.DEBUG
    assert logging.getLogger("aiosqlite").getEffectiveLevel() == logging.INFO


@pytest.mark.parametrize("as_json", [False, True])
def test_a_process_whose_standard_error_is_gone_goes_on(as_json: bool) -> None:
    program = ("import logging, os, sys; from opsconsole.agent import journal;"
               f"journal.start('info', os.environ, as_json={as_json}, debug=False);"
               "logging.info('first'); os.close(2); logging.info('second'); print('alive')")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "alive\n"
    assert "first" in done.stderr
    assert "second" not in done.stderr
