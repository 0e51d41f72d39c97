from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from wcwidth import wcwidth

from opsconsole.core import glyphs, text
from opsconsole.core.text import clip, decode, harmless, harmless_lines, limited, width, wrap
from tests.hostile import CORPUS, ESCAPES, FILE_NAMES, INVALID_BYTES, MARKUP, PROCESS_NAMES, assert_inert

SPECIAL = st.sampled_from(
    "a1 é漢❤👍█\ufe0f\ufe0e\U0001f3fb\u0301\u200d\x1b\x9b\u1161\u1100\u3000\n\t\r\udcff\u202e🇩‹›…")  # noqa: RUF001
ANY = st.text(st.one_of(st.characters(), SPECIAL), max_size=60)


@given(ANY)
def test_nothing_that_acts_or_hides_is_left(foreign: str) -> None:
    assert_inert(harmless(foreign))
    assert_inert(harmless(foreign, ascii_only=True))


@given(ANY)
def test_harmless_text_is_its_own_harmless_form(foreign: str) -> None:
    shown = harmless(foreign)
    assert harmless(shown) == shown
    plain = harmless(foreign, ascii_only=True)
    assert harmless(plain, ascii_only=True) == plain == harmless(plain)


@pytest.mark.parametrize("foreign", CORPUS, ids=ascii)
def test_hostile_corpus_is_inert_and_measured_as_it_is_drawn(foreign: str) -> None:
    shown = harmless(foreign)
    assert_inert(shown)
    assert harmless(shown) == shown
    assert shown or not foreign
    assert sum(map(cell_len, shown)) == width(shown)
    for cells in (0, 1, 2, 7, 80):
        assert width(clip(shown, cells)) <= cells
        assert all(width(part) <= cells for part in (wrap(shown, cells) if cells else []))
    assert_inert(limited(foreign, 20))
    for line in harmless_lines(foreign, 5, 40):
        assert_inert(line)


@pytest.mark.parametrize("foreign", MARKUP)
def test_markup_stays_text(foreign: str) -> None:
    assert harmless(foreign) == foreign.replace("\x1b", "␛").replace("\x07", "␇")


@pytest.mark.parametrize("foreign", ESCAPES)
def test_every_character_of_an_escape_can_be_seen(foreign: str) -> None:
    assert len(harmless(foreign)) >= len(foreign)


@pytest.mark.parametrize(("foreign", "shown", "plain"), [
    ("\x1b[31m", "␛[31m", "^[[31m"),
    ("a\x00b\x7f", "a␀b␡", "a^@b^?"),
    ("real\rfake\b", "real␍fake␈", "real^Mfake^H"),
    ("one\ntwo\tthree", "one␊two three", "one^Jtwo three"),
    ("\x9b6n", "‹U+009B›6n", "<U+009B>6n"),  # noqa: RUF001
    ("x\u202ey", "x‹U+202E›y", "x<U+202E>y"),  # noqa: RUF001
    ("\U000e0041", "‹U+E0041›", "<U+E0041>"),  # noqa: RUF001
    ("\udcff\ud800", "‹0xFF›‹U+D800›", "<0xFF><U+D800>"),  # noqa: RUF001
    ("a\u00a0b\u3000c", "a b\u3000c", "a b\u3000c"),
    ("❤\ufe0f s\ufe0fh", "❤ s‹U+FE0F›h", "❤ s<U+FE0F>h"),  # noqa: RUF001
    ("👍🏽 🏽", "👍 ‹U+1F3FD›", "👍 <U+1F3FD>"),  # noqa: RUF001
    ("e" + "\u0301" * 7 + "x", "e" + "\u0301" * 4 + "‹+3›x", "e" + "\u0301" * 4 + "<+3>x"),  # noqa: RUF001
    ("\u0301x", "‹U+0301›x", "<U+0301>x"),  # noqa: RUF001
])
def test_visible_forms(foreign: str, shown: str, plain: str) -> None:
    assert harmless(foreign) == shown
    assert harmless(foreign, ascii_only=True) == plain


@pytest.mark.parametrize("fine", ["", "plain", "Grüße an alle", "漢字かな", "नमस्ते दुनिया", "Tiếng Việt", "e\u0301tude",
                                  "שָׁלוֹם", "🇩🇪 😀", "".join(glyphs.UNICODE), "‹U+202E›", "a – b"])  # noqa: RUF001
def test_ordinary_text_of_any_script_is_unchanged(fine: str) -> None:
    assert harmless(fine) == fine


def test_plain_text_is_returned_itself() -> None:
    for plain in ("a plain line of forty characters, really", "ein schlichter Text · über vierzig …"):
        assert harmless(plain) is plain


def test_the_fast_path_lets_nothing_through() -> None:
    for code in range(0x110000):
        char = chr(code)
        if char.isprintable() and not text._suspect().search(char):
            assert unicodedata.category(char) not in {"Mn", "Me"}, hex(code)
            assert text._form(char, False) == char, hex(code)
            assert not text._joins(char), hex(code)


@given(ANY, st.integers(-2, 40))
def test_clip_never_exceeds(foreign: str, cells: int) -> None:
    for given_text in (foreign, harmless(foreign)):
        cut = clip(given_text, cells)
        assert width(cut) <= max(cells, 0)
        if width(given_text) <= cells:
            assert cut == given_text or len(given_text) > 5 * cells
    assert_inert(clip(harmless(foreign), cells))


@given(ANY)
def test_clip_keeps_what_fits(foreign: str) -> None:
    shown = harmless(foreign)
    assert clip(shown, width(shown)) == shown
    assert clip(shown, width(shown) + 3) == shown


@given(ANY, st.integers(1, 40))
def test_wrap_fits_and_loses_no_word(foreign: str, cells: int) -> None:
    shown = harmless(foreign)
    parts = wrap(shown, cells)
    assert parts
    assert all(width(part) <= cells for part in parts)
    if cells >= 2:
        assert "".join(parts).replace(" ", "") == shown.replace(" ", "")


def test_wrap_breaks_at_spaces() -> None:
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("one\n\ntwo", 10) == ["one", "", "two"]
    assert wrap("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]
    assert wrap("漢字", 1) == ["…", "…"]
    assert wrap("", 5) == [""]
    with pytest.raises(ValueError, match="0 cells"):
        wrap("x", 0)


@pytest.mark.parametrize(("shown", "cells", "cut"), [
    ("abcdef", 4, "abc…"), ("abcdef", 6, "abcdef"), ("abcdef", 1, "…"), ("漢字漢字", 5, "漢字…"),
    ("漢字漢字", 4, "漢…"), ("e\u0301e\u0301e\u0301", 2, "e\u0301…"), ("abc", 0, ""), ("abc", -3, ""),
])
def test_clip_cuts_between_characters(shown: str, cells: int, cut: str) -> None:
    assert clip(shown, cells) == cut


def test_clip_without_room_for_its_ellipsis() -> None:
    assert clip("abcdef", 2, "...") == "ab"


@given(ANY)
def test_width_is_what_the_console_draws(foreign: str) -> None:
    shown = harmless(foreign)
    assert width(shown) == sum(map(cell_len, shown))


def test_width_without_tables_agrees_with_the_tables() -> None:
    flags = range(0x1F1E6, 0x1F200)
    for first, last in text._NARROW:
        for code in range(first, last + 1):
            char = chr(code)
            if char.isprintable() and code not in flags:
                assert wcwidth(char) == cell_len(char) == 1, hex(code)


def test_the_tables_of_the_console_are_those_without_it() -> None:
    apart = {*text._SKIN, *text._FLAG}
    assert not {hex(code) for code in range(0x80, 0x30000)
                if code not in apart and unicodedata.category(chr(code)) not in {"Cn", "Cs"}
                and max(wcwidth(chr(code)), 0) != get_character_cell_size(chr(code))}


def test_a_flag_is_two_cells() -> None:
    assert width("🇩🇪") == cell_len("🇩🇪") == 2


def test_the_signs_of_the_interface_need_no_tables() -> None:
    signs = "".join((*glyphs.UNICODE, *glyphs.ASCII, *map(chr, range(0x2500, 0x25A0)), "✉"))
    script = f"""if True:
        import sys
        from opsconsole.core.text import harmless, width
        assert width({signs!r}) == {len(signs)}
        assert width("Grüße ␛ ‹U+202E›") == {len("Grüße ␛ ‹U+202E›")}
        assert harmless("漢字") == "漢字"
        assert "wcwidth" not in sys.modules
        assert width("漢字") == 4
        assert "wcwidth" in sys.modules
        from opsconsole.core.text import use_tables
        use_tables(lambda char: 7)
        assert width("漢字") == 4, "it is known"
        assert width("語") == 7
    """  # noqa: RUF001
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60,
                   env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})


def test_long_text_is_cut_before_it_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = text._rewritten

    def measured(foreign: str, *, ascii_only: bool) -> str:
        seen.append(len(foreign))
        return real(foreign, ascii_only=ascii_only)

    monkeypatch.setattr(text, "_rewritten", measured)
    endless = "\x1b[31m" * 2_000_000
    assert limited(endless, 10) == "␛[31m␛[31m…"
    assert harmless_lines(endless, 3, 5) == ["␛[31m…"]
    assert max(seen) <= 10
    assert width(clip("\u0301" * 10_000_000, 10)) <= 10


def test_limited() -> None:
    assert limited("abc", 3) == "abc"
    assert limited("abcd", 3) == "abc…"
    assert limited("a\x1bcd", 3, "~") == "a␛c~"
    assert limited("abc", 0) == "…"


def test_lines() -> None:
    assert harmless_lines("") == [""]
    assert harmless_lines("one") == ["one"]
    assert harmless_lines("one\r\ntwo\n") == ["one", "two"]
    assert harmless_lines("a\tb") == ["a       b"]
    assert harmless_lines("over\rwrite") == ["over␍write"]
    assert harmless_lines("1\n2\n3\n4\n", 3) == ["1", "2", "… 2 more lines"]
    assert harmless_lines("1\n2\n3\n", 3) == ["1", "2", "3"]
    assert harmless_lines("1\n2\n3", 3) == ["1", "2", "3"]
    assert harmless_lines("1\n2\n3\n4", 1) == ["… 4 more lines"]
    assert harmless_lines("x", 0) == []
    assert harmless_lines("abcdef\nx", 5, 3) == ["abc…", "x"]


@given(ANY, st.integers(1, 6))
def test_lines_are_never_more_than_asked_for(foreign: str, limit: int) -> None:
    assert 1 <= len(harmless_lines(foreign, limit)) <= limit


@given(st.binary(max_size=60))
def test_decoded_bytes_can_be_encoded_again(raw: bytes) -> None:
    decode(raw).encode("utf-8")


def test_decode() -> None:
    assert decode("Grüße".encode()) == "Grüße"
    assert decode(b"caf\xe9") == r"caf\xe9"
    for raw in INVALID_BYTES:
        assert_inert(harmless(decode(raw)))


def test_the_corpus_fits_where_it_is_put() -> None:
    assert len(CORPUS) == len(set(CORPUS))
    assert all(0 < len(name) <= 15 and b"\0" not in name for name in PROCESS_NAMES)
    assert all(0 < len(name) <= 255 and b"/" not in name and b"\0" not in name for name in FILE_NAMES)
    with pytest.raises(AssertionError, match="0x1b"):
        assert_inert("\x1b")
    assert_inert("a\nb", lines=True)
