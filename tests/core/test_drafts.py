"""Nothing typed is lost for long: not by a crash, a full disk, or another console with the same form."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.drafts import Drafts
from opsconsole.core.errors import StorageError, StorageFull
from tests.core.drafting import Clock, clock, fields_of, folder, mine

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["clock", "folder", "mine"]


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


def test_the_newest_state_counts_also_where_the_clock_went_back(mine: Drafts, folder: Path, clock: Clock) -> None:
    ended = Drafts(folder, clock)
    ended.save("ticket", "", {"x": "on disk"})
    for text in ("written", "written later"):
        clock.at -= 500
        ended.write("ticket", "", {"x": text})
    assert fields_of(ended) == {"x": "written later"}
    ended.close()
    assert fields_of(mine) == {"x": "written later"}
    clock.at -= 500
    mine.write("ticket", "", {"x": "mine"})
    assert fields_of(mine) == {"x": "mine"}
    mine.discard("ticket", "")
    assert fields_of(mine) is None
    assert {path.suffix for path in folder.iterdir()} == {".lock"}


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
