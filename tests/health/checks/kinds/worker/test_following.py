from __future__ import annotations

import errno
import os
import random
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.worker import following, places
from opsconsole.health.checks.kinds.worker.following import KEPT, LONGEST, PART, QUIET, Notes, TooSlow, follow
from opsconsole.health.checks.kinds.worker.places import Place
from tests.health.checks.kinds.worker.log_writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST = 10_000_000


class Reader:
    """Follows a log run after run; what it saw, in order."""

    def __init__(self, pattern: Path | str, most: int = MOST) -> None:
        self.pattern, self.most = str(pattern), most
        self.places: list[Place] | None = None
        self.since = 0
        self.lines: list[str] = []
        self.said: list[str] = []
        self.skipped = 0
        self.ahead = 0

    def run(self) -> Notes:
        """One run."""
        now = time.time_ns() // 1_000_000 + self.ahead
        notes = follow(self.pattern, self.places, self.since, now, self.most, self.lines.extend)
        self.places, self.since = notes.places, now
        self.said += notes.said
        self.skipped += notes.skipped
        return notes


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def reader(writer: Writer) -> Reader:
    made = Reader(writer.path)
    made.run()
    return made


def test_a_first_run_begins_at_the_end(writer: Writer) -> None:
    writer.line("old")
    reader = Reader(writer.path)
    notes = reader.run()
    writer.line("new")
    reader.run()
    assert (notes.skipped, notes.files, reader.lines) == (0, 1, ["000001 new"])


def test_a_first_run_within_a_line_leaves_out_that_line(writer: Writer) -> None:
    writer.half()
    reader = Reader(writer.path)
    reader.run()
    writer.rest()
    writer.line()
    reader.run()
    assert reader.lines == writer.lines[1:]


def test_lines_are_read_once_and_only_when_they_are_complete(writer: Writer, reader: Reader) -> None:
    writer.line()
    writer.half()
    reader.run()
    assert reader.lines == writer.lines
    writer.rest()
    reader.run()
    reader.run()
    assert reader.lines == writer.lines
    assert reader.said == []


@pytest.mark.parametrize("ending", ["", ".gz", ".xz", ".bz2"])
def test_a_renamed_log_is_read_to_its_end_before_the_new_one(writer: Writer, reader: Reader, ending: str) -> None:
    writer.line()
    reader.run()
    writer.line()
    writer.rename(compress=ending)
    writer.line()
    reader.run()
    reader.run()
    assert reader.lines == writer.lines
    assert reader.said == []


def test_a_copied_and_truncated_log_is_read_to_its_end(writer: Writer, reader: Reader) -> None:
    for _ in range(3):
        writer.line()
        reader.run()
        writer.line()
        writer.copytruncate()
        for _ in range(20):
            writer.line()
        reader.run()
    assert reader.lines == writer.lines
    assert reader.said == []


def test_several_rotations_while_nobody_looked_lose_nothing(writer: Writer, reader: Reader) -> None:
    writer.line()
    reader.run()
    for ending in ("", ".gz", ""):
        writer.line()
        writer.rename(compress=ending)
    writer.line()
    reader.run()
    reader.run()
    assert reader.lines == writer.lines


def test_a_writer_that_has_not_noticed_the_rotation_is_still_heard(writer: Writer, reader: Reader) -> None:
    writer.line()
    reader.run()
    writer.rename(reopen=False)
    writer.line()
    reader.run()
    writer.line()
    writer.reopen()
    writer.line()
    reader.run()
    assert reader.lines == writer.lines


def test_rotated_files_are_forgotten_after_a_while(writer: Writer, reader: Reader) -> None:
    writer.line()
    reader.run()
    writer.rename()
    reader.run()
    assert reader.places is not None
    assert len(reader.places) == 2
    reader.ahead = KEPT + 1000
    reader.run()
    assert [place.path for place in reader.places] == [str(writer.path)]


def test_half_a_line_at_the_end_of_a_rotated_file_counts_when_nobody_goes_on_with_it(
        writer: Writer, reader: Reader) -> None:
    writer.half()
    reader.run()
    writer.rename()
    reader.run()
    reader.run()
    assert reader.lines == []
    reader.ahead = QUIET
    reader.run()
    reader.run()
    assert reader.lines == ["000000 first and "]


def test_a_truncated_log_without_a_copy_is_said_and_read_from_its_beginning(writer: Writer, reader: Reader) -> None:
    writer.line("much that is long")
    reader.run()
    os.truncate(writer.path, 0)
    writer.line("new")
    reader.run()
    assert reader.lines == writer.lines
    said = "was truncated or removed; what was written since the run before may be lost."
    assert reader.said == [f"{writer.path} {said}"]


def test_a_log_that_is_written_anew_at_once_is_noticed_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\ntwo\n")
    reader = Reader(path)
    reader.run()
    path.write_text("six\nten\nall new\n")
    reader.run()
    assert reader.lines == ["six", "ten", "all new"]


def test_a_file_that_takes_over_the_inode_is_not_the_same(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\n")
    reader = Reader(path)
    reader.run()
    path.unlink()
    path.write_text("other\nlines\n")
    reader.run()
    assert reader.lines == ["other", "lines"]


def test_new_files_of_a_pattern_are_read_from_their_beginning(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("old\n")
    reader = Reader(tmp_path / "*.log")
    reader.run()
    (tmp_path / "b.log").write_text("one\n")
    (tmp_path / "c.log.gz").write_bytes(b"not looked at")
    assert reader.run().files == 2
    (tmp_path / "b.log").write_text("one\ntwo\n")
    reader.run()
    assert reader.lines == ["one", "two"]


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_dated_rotation_and_patterns_that_hold_rotated_files(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "app.log"
    path.write_text("0\n")
    reader = Reader(tmp_path / pattern)
    reader.run()
    path.write_text("0\n1\n")
    path.rename(tmp_path / "app.log-20240131")
    path.write_text("2\n")
    reader.run()
    reader.run()
    assert sorted(reader.lines) == ["1", "2"]


def test_a_missing_log_is_no_mistake_and_is_read_when_it_comes(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "app.log")
    assert reader.run().files == 0
    (tmp_path / "app.log").write_text("first\n")
    reader.run()
    assert reader.lines == ["first"]


def test_a_line_without_end_is_cut_and_its_rest_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"")
    reader = Reader(path)
    reader.run()
    path.write_bytes(b"x" * MOST)
    reader.run()
    assert [len(line) for line in reader.lines] == [LONGEST]
    with path.open("ab") as file:
        file.write(b"x" * PART + b"\nnext\n")
    reader.run()
    assert reader.lines[1:] == ["next"]


def test_binary_garbage_keeps_its_bytes_and_hurts_nobody(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"")
    reader = Reader(path)
    reader.run()
    garbage = random.Random(1).randbytes(50_000)
    path.write_bytes(garbage + b"\nerror \xff\r\n")
    reader.run()
    assert reader.lines[-1] == "error \udcff"
    assert "\n".join(reader.lines[:-1]).encode("utf-8", "surrogateescape") == garbage.replace(b"\r\n", b"\n")


def test_of_a_burst_only_the_newest_is_read_and_the_rest_is_said(writer: Writer, reader: Reader) -> None:
    reader.most = 1_000
    writer.line()
    writer.rename()
    for _ in range(200):
        writer.line()
    reader.run()
    assert 20 < len(reader.lines) < 45
    assert reader.lines == writer.lines[-len(reader.lines):]
    assert reader.skipped == sum(len(line) + 1 for line in writer.lines) - 1_000
    writer.line()
    reader.run()
    assert reader.lines[-1] == writer.lines[-1]


def test_who_has_no_more_time_gets_the_next_lines_in_the_next_run(writer: Writer, reader: Reader) -> None:
    writer.line()

    def take(_: list[str]) -> None:
        raise TooSlow

    notes = follow(reader.pattern, reader.places, 0, 1, MOST, take)
    assert notes.slow
    reader.places = notes.places
    writer.line("later")
    reader.run()
    assert reader.lines == writer.lines[1:]


def test_a_log_that_may_not_be_read_is_said_and_read_later_from_then_on(
        writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    def forbidden(reader: Reader) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(places, "opened", refuse)
            patch.setattr(following, "opened", refuse)
            assert reader.run().files == 0

    writer.line("before")
    reader = Reader(writer.path)
    forbidden(reader)
    assert reader.said == [f"{writer.path} cannot be read: Permission denied."]
    reader.run()
    writer.line("after")
    reader.run()
    assert reader.lines == ["000001 after"]
    forbidden(reader)
    writer.line("meanwhile")
    forbidden(reader)
    reader.run()
    assert reader.lines == ["000001 after", "000002 meanwhile"]


STEPS = st.lists(st.sampled_from(["line"] * 4 + ["half", "run", "run", "rename", "late", "reopen", "copytruncate", "gz",
                                                "restart"]), max_size=40)


@given(STEPS)
def test_following_equals_reading_everything_once(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    writer = Writer(tmp_path_factory.mktemp("log"))
    reader = Reader(writer.path)
    reader.run()
    half = late = False
    for step in steps:
        # A writer ends its line before it looks for its file again.
        if half and step not in ("run", "restart"):
            writer.rest()
            half = False
        if step == "line":
            writer.line()
        elif step == "half":
            writer.half()
            half = True
        elif step in ("rename", "late") and not late:
            writer.rename(reopen=step == "rename")
            late = step == "late"
        elif step == "reopen" and late:
            writer.reopen()
            late = False
        elif step == "copytruncate" and not late:
            writer.copytruncate()
        elif step == "gz" and not late:
            writer.compress()
        elif step == "restart":
            reader.places = [Place(*place) for place in reader.places or ()]
        elif step == "run":
            reader.run()
    if half:
        writer.rest()
    reader.run()
    reader.run()
    writer.close()
    assert sorted(reader.lines) == writer.lines
    assert reader.said == []
