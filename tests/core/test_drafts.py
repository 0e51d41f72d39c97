"""Nothing typed is lost for long: not by a crash, a full disk, or another console with the same form."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core import drafts as module
from opsconsole.core.drafts import DraftKeeper, Drafts, flush_all
from opsconsole.core.errors import StorageError, StorageFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT = 20.0


class Clock:
    """Time turned by hand."""

    def __init__(self) -> None:
        self.at = 1_000

    def now(self) -> int:
        self.at += 1
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not made yet."""
    return tmp_path / "state" / "drafts"


@pytest.fixture
def mine(folder: Path, clock: Clock) -> Iterator[Drafts]:
    console = Drafts(folder, clock)
    yield console
    console.close()


def fields_of(drafts: Drafts, form: str = "ticket", key: str = "") -> dict[str, str] | None:
    draft = drafts.load(form, key).draft
    return None if draft is None else draft.fields


def test_a_draft_comes_back(mine: Drafts, folder: Path) -> None:
    assert fields_of(mine) is None
    mine.save("ticket", "", {"title": "redis down", "body": "a\nb"})
    assert fields_of(mine) == {"title": "redis down", "body": "a\nb"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    mine.discard("ticket", "")
    mine.discard("ticket", "")
    assert fields_of(mine) is None


@given(key=st.text(max_size=300), form=st.text(max_size=20), text=st.text(max_size=200))
def test_any_key_and_text(tmp_path_factory: pytest.TempPathFactory, key: str, form: str, text: str) -> None:
    console = Drafts(tmp_path_factory.getbasetemp() / "any", Clock())
    console.save(form, key, {"x": text})
    assert fields_of(console, form, key) == {"x": text}
    assert fields_of(console, form, key + "x") is None
    assert all(path.parent == console.folder for path in console.folder.iterdir())
    console.discard(form, key)
    console.close()


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "\0", "\ud800", "é" * 400, ".", "-rf *"])
def test_keys_that_are_no_file_names(mine: Drafts, folder: Path, key: str) -> None:
    mine.save("ticket", key, {"x": key})
    assert fields_of(mine, "ticket", key) == {"x": key}
    assert len(list(folder.glob("*.json"))) == 1


def test_two_consoles_keep_a_draft_each(mine: Drafts, folder: Path, clock: Clock) -> None:
    other = Drafts(folder, clock)
    mine.save("ticket", "7", {"x": "mine"})
    other.save("ticket", "7", {"x": "other"})
    found = mine.load("ticket", "7")
    assert found.draft is not None
    assert (found.draft.fields, found.elsewhere) == ({"x": "mine"}, 1)
    assert fields_of(other, "ticket", "7") == {"x": "other"}
    other.close()
    assert mine.load("ticket", "7").elsewhere == 0
    mine.discard("ticket", "7")
    assert fields_of(mine, "ticket", "7") == {"x": "other"}, "the other one's is offered once this one is done"


def test_a_new_console_takes_the_newest_of_those_that_ended(mine: Drafts, folder: Path, clock: Clock) -> None:
    for text in ("first", "second"):
        ended = Drafts(folder, clock)
        ended.save("ticket", "7", {"x": text})
        ended.close()
    assert fields_of(mine, "ticket", "7") == {"x": "second"}
    assert fields_of(mine, "ticket", "7") == {"x": "second"}
    mine.discard("ticket", "7")
    assert fields_of(mine, "ticket", "7") == {"x": "first"}
    mine.discard("ticket", "7")
    assert fields_of(mine, "ticket", "7") is None


def test_a_living_console_of_another_process_is_left_alone(mine: Drafts, folder: Path) -> None:
    program = ("import sys; from pathlib import Path; from opsconsole.core.clock import SystemClock\n"
               "from opsconsole.core.drafts import Drafts\n"
               "console = Drafts(Path(sys.argv[1]), SystemClock()); console.save('ticket', '', {'x': 'theirs'})\n"
               "print('ready', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert mine.load("ticket", "") == (None, 1)
        process.kill()
    assert fields_of(mine) == {"x": "theirs"}
    assert mine.load("ticket", "").elsewhere == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}",
                                     b'{"form": "ticket", "key": "", "fields": 3, "at": 1}'])
def test_broken_drafts_are_none(mine: Drafts, folder: Path, content: bytes) -> None:
    mine.save("ticket", "", {"x": "y"})
    (path,) = folder.glob("*.json")
    path.write_bytes(content)
    assert fields_of(mine) is None
    mine.save("ticket", "", {"x": "z"})
    assert fields_of(mine) == {"x": "z"}


def test_leftovers_of_killed_consoles_are_swept(mine: Drafts, folder: Path, clock: Clock) -> None:
    ended = Drafts(folder, clock)
    ended.save("ticket", "", {"x": "y"})
    (path,) = folder.glob("*.json")
    path.with_suffix(".abcd.new").write_text("half")
    ended.close()
    assert fields_of(mine) == {"x": "y"}
    assert not list(folder.glob("*.new"))


def test_a_full_disk_keeps_the_draft_before(mine: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.save("ticket", "", {"x": "before"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(StorageFull, match=r"no space left.*kept here"):
            mine.save("ticket", "", {"x": "after"})
    assert fields_of(mine) == {"x": "before"}
    assert not list(mine.folder.glob("*.new"))


def test_no_folder_for_drafts_is_a_sentence(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="The draft is not on disk"):
        Drafts(tmp_path / "file" / "drafts", clock).save("ticket", "", {})


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


def test_the_keeper_writes_the_latest_without_being_asked(mine: Drafts) -> None:
    written = threading.Event()
    save = mine.save

    def watched(form: str, key: str, fields: dict[str, str]) -> None:
        save(form, key, fields)
        written.set()

    mine.save = watched  # type: ignore[method-assign, assignment]
    keeper = DraftKeeper(mine, "ticket", "", Told())
    for text in ("r", "re", "red"):
        keeper.put({"x": text})
    assert written.wait(WAIT)
    assert fields_of(mine) == {"x": "red"}
    keeper.close()


def test_typing_without_a_pause_does_not_put_the_write_off(mine: Drafts) -> None:
    writes: list[str] = []
    done = threading.Event()
    save = mine.save

    def watched(form: str, key: str, fields: dict[str, str]) -> None:
        save(form, key, fields)
        writes.append(fields["x"])
        done.set()

    mine.save = watched  # type: ignore[method-assign, assignment]
    keeper = DraftKeeper(mine, "ticket", "", Told())
    typed = 0
    while not done.wait(0.02):
        typed += 1
        keeper.put({"x": str(typed)})
        assert typed < WAIT / 0.02
    assert writes
    keeper.close()
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


def test_a_failure_is_told_once_and_tried_again(mine: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.05)
    told = Told()
    failing = threading.Event()
    failing.set()
    attempts = threading.Semaphore(0)
    save = mine.save

    def sometimes(form: str, key: str, fields: dict[str, str]) -> None:
        attempts.release()
        if failing.is_set():
            raise StorageFull("No space.")
        save(form, key, fields)

    mine.save = sometimes  # type: ignore[method-assign, assignment]
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


def test_what_was_dropped_is_not_written_any_more(mine: Drafts) -> None:
    keeper = DraftKeeper(mine, "ticket", "", Told())
    keeper.put({"x": "saved elsewhere"})
    keeper.drop()
    assert keeper.flush(WAIT)
    assert fields_of(mine) is None
    keeper.close()


def test_files_are_plain_ascii_json(mine: Drafts, folder: Path) -> None:
    mine.save("ticket", "é", {"x": "日本\x1b"})
    (path,) = folder.glob("*.json")
    raw = path.read_bytes()
    assert raw.isascii()
    assert b"\x1b" not in raw
    assert json.loads(raw)["fields"] == {"x": "日本\x1b"}
    assert os.path.sep not in path.name


def test_a_kernel_that_refuses_to_write_is_a_sentence_and_it_works_again_afterwards(folder: Path) -> None:
    program = ("import resource, signal, sys; from pathlib import Path\n"
               "from opsconsole.core.clock import SystemClock; from opsconsole.core.drafts import Drafts\n"
               "from opsconsole.core.errors import StorageError\n"
               "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
               "console = Drafts(Path(sys.argv[1]), SystemClock()); console.save('t', '', {'x': 'before'})\n"
               "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
               "resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))\n"
               "try:\n console.save('t', '', {'x': 'after'}); print('written')\n"
               "except StorageError as error:\n print(error)\n"
               "print(console.load('t', '').draft.fields['x'])\n"
               "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)); console.save('t', '', {'x': 'after'})\n"
               "print(console.load('t', '').draft.fields['x'], len(list(Path(sys.argv[1]).glob('*.new'))))\n")
    output = subprocess.run([sys.executable, "-c", program, str(folder)], check=True, capture_output=True, text=True,
                            timeout=60).stdout.splitlines()
    assert output[0].startswith("The draft is not on disk: ")
    assert output[1:] == ["before", "after 0"]
