"""Templates broken on purpose and by chance: each mistake is told at its place, and the others stay usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.template import Template, decoded, encoded
from opsconsole.core.config import ConfigMistakes, decode
from tests.checklists.breaking import BROKEN
from tests.checklists.templates import VALID, library, short, write

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.config import Mistake
    from tests.checklists.breaking import Broken

LINES = VALID.splitlines(keepends=True)
SIGNS = "\t \n\r\0\x1b\ufeff\u202e\u2028:-,#&*!|>'\"%@`{}[]?<=~$\\/aeé漢9.\ud800\udfff"


def test_what_is_broken_here_is_right_otherwise(tmp_path: Path) -> None:
    write(tmp_path, "broken.yaml", VALID)
    found = library(tmp_path)
    assert found.mistakes == ()
    assert list(found.templates) == ["broken"]
    assert len(BROKEN) >= 50
    assert len({broken.name for broken in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_each_mistake_is_told_at_its_place_and_hides_no_other_file(broken: Broken, tmp_path: Path) -> None:
    path = write(tmp_path, "broken.yaml", broken.text)
    write(tmp_path, "a.yaml", short("First"))
    write(tmp_path, "z.yaml", short("Last"))
    found = library(tmp_path)
    (mistake,) = found.mistakes
    assert str(mistake).startswith(f"{path}:{broken.place}: ")
    assert broken.says in mistake.message
    assert mistake.message.isprintable()
    assert list(found.templates) == ["a", "z"]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_line_ends_and_a_mark_move_no_place(broken: Broken, tmp_path: Path) -> None:
    path = write(tmp_path, "broken.yaml", b"\xef\xbb\xbf" + broken.text.replace(b"\n", b"\r\n"))
    (mistake,) = library(tmp_path).mistakes
    assert str(mistake).startswith(f"{path}:{broken.place}: ")


@pytest.mark.parametrize("broken", [one for one in BROKEN if len(one.text) < 100_000], ids=lambda broken: broken.name)
def test_a_version_that_was_good_stays_until_the_file_is_mended(broken: Broken, tmp_path: Path) -> None:
    write(tmp_path, "broken.yaml", short("Good"))
    found = library(tmp_path)
    assert found.templates["broken"].template.title == "Good"
    write(tmp_path, "broken.yaml", broken.text)
    assert found.refresh()
    assert found.templates["broken"].template.title == "Good"
    assert len(found.mistakes) == 1
    write(tmp_path, "broken.yaml", VALID)
    assert found.refresh()
    assert found.templates["broken"].template.title == "Morning check"
    assert not found.mistakes


@pytest.mark.parametrize(("raw", "place", "says"), [
    (b"", "1:1", "The file is empty"), (b" \n\n", "1:1", "The file is empty"),
    ("title: früh\n".encode("latin-1"), "1:10", "The byte 0xfc is not UTF-8"),
    (VALID.encode("utf-16"), "1:1", "The file is UTF-16"), (VALID.encode("utf-32"), "1:1", "The file is UTF-32"),
    (b"\xed\xa0\x80", "1:1", "is not UTF-8"), (VALID.encode() + b"#" * (1 << 20), "1:1", "larger than 1 MiB"),
    (b"[]", "1:1", "The file must be a mapping"), (b"text", "1:1", "The file must be a mapping"),
    (b"{" * 100_000, "1:41", "nested deeper than 40"), (b"title: x", "1:1", "The key `sections` is missing"),
    (b"# only a remark", "1:1", "The key `sections` is missing"),
], ids=str)
def test_files_that_are_no_templates_at_all(raw: bytes, place: str, says: str, tmp_path: Path) -> None:
    path = write(tmp_path, "x.yaml", raw)
    write(tmp_path, "good.yaml", short())
    found = library(tmp_path)
    assert str(found.mistakes[0]).startswith(f"{path}:{place}: ")
    assert says in found.mistakes[0].message
    assert list(found.templates) == ["good"]


def _read(text: str | bytes) -> Template | tuple[Mistake, ...]:
    """The template, or its mistakes; anything else that happens is a failure."""
    try:
        return decode(text, Template, source="x.yaml", env=None)
    except ConfigMistakes as problem:
        return problem.mistakes


def _survives(text: str | bytes) -> None:
    read = _read(text)
    if isinstance(read, Template):
        assert decoded(encoded(read)) == read
        return
    rows = len(text.splitlines()) + 1
    assert read
    assert all(1 <= one.line <= rows and one.column >= 1 and one.message.isprintable() for one in read)


@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 30), st.text(SIGNS, max_size=6)), max_size=6))
def test_no_change_of_signs_does_anything_but_give_mistakes(changes: list[tuple[int, int, str]]) -> None:
    text = VALID
    for at, gone, new in changes:
        text = text[:at] + new + text[at + gone:]
    _survives(text)


@given(st.lists(st.tuples(st.sampled_from(["drop", "double", "move", "indent", "outdent"]),
                          st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1)), max_size=6))
def test_no_change_of_lines_does_anything_but_give_mistakes(changes: list[tuple[str, int, int]]) -> None:
    lines = list(LINES)
    for how, one, other in changes:
        line = lines[one % len(lines)] if lines else ""
        match how:
            case "drop" if lines:
                del lines[one % len(lines)]
            case "move" | "double":
                lines.insert(other, line)
            case "indent" if lines:
                lines[one % len(lines)] = f"  {line}"
            case "outdent" if lines:
                lines[one % len(lines)] = line.removeprefix("  ")
    _survives("".join(lines))


@given(st.binary(max_size=60), st.integers(0, len(VALID)))
def test_no_bytes_do_anything_but_give_mistakes(raw: bytes, at: int) -> None:
    whole = VALID.encode()
    _survives(whole[:at] + raw + whole[at:])


@given(st.data())
def test_no_value_does_anything_but_give_mistakes(data: st.DataObject) -> None:
    lines = [number for number, line in enumerate(LINES) if ": " in line]
    number = data.draw(st.sampled_from(lines))
    value = data.draw(st.sampled_from(["", "null", "[]", "{}", "-1", "0", "1e999", ".inf", "2027-01-04", "yes", "''",
                                       "9" * 50, "[[]]", "{a: b}", "x" * 5000, "P1D", "1.5h", "*a", "&a b", "| \n  x"]))
    key = LINES[number].partition(": ")[0]
    _survives("".join([*LINES[:number], f"{key}: {value}\n", *LINES[number + 1:]]))
