"""What is typed reaches the draft by itself, and nobody waits for the disk meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import draftkeeper as module
from opsconsole.core.draftkeeper import DraftKeeper, flush_all
from opsconsole.core.errors import StorageError, StorageFull
from tests.core.drafting import clock, fields_of, folder, mine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsconsole.core.drafts import Drafts, Written

__all__ = ["clock", "folder", "mine"]

WAIT = 20.0


class Told:
    """Hears of problems."""

    def __init__(self) -> None:
        self.errors: list[StorageError | None] = []
        self.event = threading.Event()

    def __call__(self, error: StorageError | None) -> None:
        self.errors.append(error)
        self.event.set()

    def wait(self) -> StorageError | None:
        assert self.event.wait(WAIT)
        self.event.clear()
        return self.errors[-1]


def settled(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once the disk has a draft."""
    done = threading.Event()
    settle = drafts.settle

    def watched(form: str, key: str, written: Written) -> None:
        settle(form, key, written)
        done.set()

    monkeypatch.setattr(drafts, "settle", watched)
    return done


def test_the_keeper_writes_the_latest_without_being_asked(mine: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    written = settled(mine, monkeypatch)
    keeper = DraftKeeper(mine, "ticket", "", Told())
    for text in ("r", "re", "red"):
        keeper.put({"x": text})
    assert written.wait(WAIT)
    assert fields_of(mine) == {"x": "red"}
    keeper.close()


def test_typing_without_a_pause_does_not_put_the_write_off(mine: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    done = settled(mine, monkeypatch)
    keeper = DraftKeeper(mine, "ticket", "", Told())
    typed = 0
    while not done.wait(0.02):
        typed += 1
        keeper.put({"x": str(typed)})
        assert typed < WAIT / 0.02
    keeper.close(WAIT)
    assert fields_of(mine) == {"x": str(typed)}


def test_flush_and_close_write_at_once(mine: Drafts) -> None:
    keeper = DraftKeeper(mine, "ticket", "", Told())
    assert keeper.flush()
    keeper.put({"x": "1"})
    assert keeper.flush(WAIT)
    assert fields_of(mine) == {"x": "1"}
    keeper.put({"x": "2"})
    assert flush_all(WAIT)
    assert fields_of(mine) == {"x": "2"}
    keeper.put({"x": "3"})
    assert keeper.close(WAIT)
    assert fields_of(mine) == {"x": "3"}
    keeper.put({"x": "4"})
    assert keeper.flush()
    assert fields_of(mine) == {"x": "3"}


@pytest.mark.parametrize("step", ["write", "settle"])
def test_a_failure_is_told_once_and_tried_again(mine: Drafts, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(module, "RETRY", 0.05)
    told = Told()
    failing = threading.Event()
    failing.set()
    attempts = threading.Semaphore(0)
    works = getattr(mine, step)

    def sometimes(form: str, key: str, given: object) -> Written | None:
        attempts.release()
        if failing.is_set():
            raise StorageFull("No space.")
        made: Written | None = works(form, key, given)
        return made

    setattr(mine, step, sometimes)
    keeper = DraftKeeper(mine, "ticket", "", told)
    keeper.put({"x": "kept"})
    assert isinstance(told.wait(), StorageFull)
    for _ in range(4):
        assert attempts.acquire(timeout=WAIT)
    assert len(told.errors) == 1
    assert not keeper.flush(0.01)
    failing.clear()
    assert told.wait() is None
    assert fields_of(mine) == {"x": "kept"}
    keeper.close()


class Disk:
    """A disk that stands still from now on, until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moves = threading.Event()
        self._asked = threading.Semaphore(0)
        fsync = os.fsync

        def waiting(descriptor: int) -> None:
            self._asked.release()
            assert self._moves.wait(WAIT)
            fsync(descriptor)

        monkeypatch.setattr("os.fsync", waiting)

    def asked(self) -> None:
        """Somebody waits for it."""
        assert self._asked.acquire(timeout=WAIT)

    def release(self) -> None:
        self._moves.set()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.release()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_console_loses_nothing_to_a_disk_that_stands_still(mine: Drafts, folder: Path) -> None:
    program = ("import os, sys, time; from pathlib import Path; from opsconsole.core.clock import SystemClock\n"
               "from opsconsole.core.drafts import Drafts; from opsconsole.core.draftkeeper import DraftKeeper\n"
               "os.fsync = lambda _: time.sleep(600)\n"
               "keeper = DraftKeeper(Drafts(Path(sys.argv[1]), SystemClock()), 'ticket', '', print)\n"
               "for line in sys.stdin:\n keeper.put({'x': line.strip()})")
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        for typed in ("one", "one two", "one two three"):
            process.stdin.write(f"{typed}\n")
            process.stdin.flush()
            until(lambda typed=typed: any(f'"{typed}"' in path.read_text()  # type: ignore[misc]
                                          for path in folder.glob("*.new")))
        assert len(list(folder.glob("*.new"))) in {2, 3}
        process.kill()
    assert fields_of(mine) == {"x": "one two three"}
    assert {path.suffix for path in folder.iterdir()} == {".json", ".lock"}
    mine.discard("ticket", "")
    assert fields_of(mine) is None, "older states of the same text are not offered"


def test_of_what_was_written_while_the_disk_stood_still_only_the_newest_is_kept(
        mine: Drafts, folder: Path, still: Disk) -> None:
    keeper = DraftKeeper(mine, "ticket", "", Told())
    keeper.put({"x": "1"})
    still.asked()
    for text in ("2", "3", "4"):
        keeper.put({"x": text})
        assert not keeper.flush(0.0)
        until(lambda text=text: fields_of(mine) == {"x": text})  # type: ignore[misc]
    until(lambda: len(list(folder.glob("*.new"))) == 2)
    still.release()
    assert keeper.close(WAIT)
    assert fields_of(mine) == {"x": "4"}
    assert not list(folder.glob("*.new"))


def test_a_form_that_is_opened_again_while_the_disk_stands_still_keeps_what_is_newer(
        mine: Drafts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two keepers wait for the disk; the state of the first comes last."""
    waits, moves, fsync = threading.Event(), threading.Event(), os.fsync

    def first_waits(descriptor: int) -> None:
        if not waits.is_set():
            waits.set()
            assert moves.wait(WAIT)
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", first_waits)
    closed = DraftKeeper(mine, "ticket", "", Told())
    closed.put({"x": "before"})
    assert not closed.close(0.1)
    assert waits.wait(WAIT)
    assert fields_of(mine) == {"x": "before"}
    again = DraftKeeper(mine, "ticket", "", Told())
    again.put({"x": "before and after"})
    assert again.close(WAIT)
    moves.set()
    assert closed.flush(WAIT)
    assert fields_of(mine) == {"x": "before and after"}
    assert [path.suffix for path in folder.iterdir() if path.suffix != ".lock"] == [".json"]


@pytest.mark.parametrize("after", [None, "another text"])
def test_what_is_discarded_while_the_disk_stands_still_does_not_come_back(
        mine: Drafts, folder: Path, still: Disk, after: str | None) -> None:
    keeper = DraftKeeper(mine, "ticket", "", Told())
    keeper.put({"x": "saved elsewhere"})
    still.asked()
    keeper.drop()
    mine.discard("ticket", "")
    assert keeper.flush(WAIT), "nobody waits for what is not wanted"
    if after is not None:
        keeper.put({"x": after})
        keeper.flush(0.0)
        still.asked()
    still.release()
    assert keeper.close(WAIT)
    assert fields_of(mine) == (None if after is None else {"x": after})
    until(lambda: not list(folder.glob("*.new")))


def test_what_fails_after_it_was_dropped_is_not_tried_again(mine: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, dropped = threading.Event(), threading.Event()

    def failing(_form: str, _key: str, _written: Written) -> None:
        asked.set()
        assert dropped.wait(WAIT)
        raise StorageFull("No space.")

    monkeypatch.setattr(mine, "settle", failing)
    told = Told()
    keeper = DraftKeeper(mine, "ticket", "", told)
    keeper.put({"x": "saved elsewhere"})
    assert asked.wait(WAIT)
    keeper.drop()
    mine.discard("ticket", "")
    dropped.set()
    assert keeper.close(WAIT)
    assert fields_of(mine) is None
    assert told.errors == []


def test_what_was_dropped_is_not_written_any_more(mine: Drafts) -> None:
    keeper = DraftKeeper(mine, "ticket", "", Told())
    keeper.put({"x": "saved elsewhere"})
    keeper.drop()
    assert keeper.flush(WAIT)
    assert fields_of(mine) is None
    keeper.close()
