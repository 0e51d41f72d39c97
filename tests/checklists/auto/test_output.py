"""What is kept of an output."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.auto.output import MOST_LINES, MOST_TEXT, Output
from opsconsole.core.text import decode


def output(*parts: bytes, keep: int = 64) -> Output:
    made = Output(keep)
    for part in parts:
        made.take(part)
    return made


@given(st.binary(max_size=400), st.integers(2, 100), st.lists(st.integers(0, 400)))
def test_head_and_tail_are_kept_and_all_is_hashed_whatever_the_parts(data: bytes, keep: int, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    made = output(*(data[begin:end] for begin, end in pairwise(places)), keep=keep)
    assert (made.size, made.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert made.held <= keep
    if len(data) <= 2 * (keep // 2):
        assert (made.kept(), made.left_out) == (data, 0)
    else:
        half = keep // 2
        assert made.left_out == len(data) - 2 * half
        assert made.kept() == data[:half] + (
            f"\n[… {made.left_out} bytes are left out here …]\n".encode()) + data[-half:]


@given(st.binary(max_size=30_000), st.sampled_from([64, 4_096, 100_000]))
def test_the_text_is_a_few_lines_of_both_ends(data: bytes, keep: int) -> None:
    text = output(data, keep=keep).text()
    assert len(text) <= MOST_TEXT
    assert len(text.split("\n")) <= MOST_LINES + 1
    text.encode()


@given(st.text("ab\né", max_size=60))
def test_a_short_output_is_shown_whole(text: str) -> None:
    made = output(text.encode(), keep=4_096)
    lines = text.rstrip("\n").split("\n")
    assert len(lines) > MOST_LINES or made.text() == text.rstrip("\n")
    assert made.matched() == text


def test_a_long_output_is_shown_by_its_ends() -> None:
    lines = [f"line {number}" for number in range(100_000)]
    for keep in (8_192, 10_000_000):
        shown = output("\n".join(lines).encode(), keep=keep).text().split("\n")
        assert shown == [*lines[:10], "…", *lines[-10:]]
    long = output(b"a" * 3_000 + b"z" * 3_000, keep=100_000).text()
    assert long == "a" * 1_000 + "\n…\n" + "z" * 997


def test_no_character_is_broken_at_the_tail() -> None:
    for length in range(17_000, 17_004):
        assert "\\x" not in output(("€" * length).encode(), keep=1_000_000).text()


def test_bytes_that_are_no_text_are_readable() -> None:
    assert output(b"\x00\xff\x1b[31mred\r\n").text() == "\x00\\xff\x1b[31mred"
    assert output(b"\xff").matched() == decode(b"\xff")
