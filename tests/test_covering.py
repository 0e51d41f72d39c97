"""Lines that are reached are counted, whatever process reached them, and too few are a failure."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from tests.covering import Counting, Settings, judge

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
def called(number):
    if number > 1:
        return "many"
    return "few"


def untold():
    return "never"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.slipcover]\nsource = ["counted_here"]\nfail-under = 75\nskip-covered = true\n'
        'exclude-also = ["def untold"]\n')
    (tmp_path / "counted_here").mkdir()
    (tmp_path / "counted_here" / "__init__.py").touch()
    (tmp_path / "counted_here" / "module.py").write_text(CODE)
    (tmp_path / "counted_here" / "unseen.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def reach(project: Path, name: str, *numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process of its own would."""
    for known in [known for known in sys.modules if known.partition(".")[0] == "counted_here"]:
        monkeypatch.delitem(sys.modules, known)
    counting = Counting(Settings(project))
    module = importlib.import_module("counted_here.module")
    for number in numbers:
        module.called(number)
        counting._next = 0
        counting.relieve()
    counting.end(project / "counts" / f"{name}.json")


def test_what_any_process_reached_is_reached(project: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    reach(project, "one", 1, 1, monkeypatch=monkeypatch)
    assert judge(project / "counts", Settings(project)) == 2
    told = capsys.readouterr()
    assert "The tests reach 60.0 % of the lines, 75 % are wanted; 1 processes were counted." in told.err
    reach(project, "two", 2, monkeypatch=monkeypatch)
    assert judge(project / "counts", Settings(project)) == 0
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if "unseen.py" in line]
    assert row[1:] == ["1", "1", "0", "1"]


def test_without_any_count_nothing_was_reached(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(project / "counts", Settings(project)) == 2
    assert "reach 0.0 % of the lines" in capsys.readouterr().err
