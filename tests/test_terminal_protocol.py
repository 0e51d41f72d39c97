"""The pure half of the terminal driver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.terminal_protocol import Answers, Modes, Token, Tokenizer, drawable, key_bytes

PIECES = st.sampled_from([b"text", "wörld ✖".encode(), b"\x1b[31m", b"\x1b[?1049h", b"\x1b[>1u", b"\x1b[?2026$p",
                          b"\x1b]0;title\x07", b"\x1b]52;c;eA==\x1b\\", b"\x1bP+q544e\x1b\\", b"\x1b_Gx\x1b\\",
                          b"\x1b(B", b"\x1b7", b"\x1b[0 q", b"\r\n", b"\x1b[4:3m"])


def tokens(*pieces: bytes) -> list[Token]:
    tokenizer = Tokenizer()
    return [token for piece in pieces for token in tokenizer.feed(piece)]


def joined_text(found: list[Token]) -> list[Token]:
    """Neighbouring runs of text as one, since where a read ends says nothing."""
    merged: list[Token] = []
    for token in found:
        if merged and token.kind == merged[-1].kind == "text":
            merged[-1] = Token("text", merged[-1].data + token.data)
        else:
            merged.append(token)
    return merged


@given(st.lists(PIECES, max_size=12), st.lists(st.integers(1, 7), min_size=1, max_size=8))
def test_sequences_are_whole_however_the_stream_is_cut(pieces: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(pieces)
    parts, at, turn = [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        parts.append(stream[at:at + size])
        at, turn = at + size, turn + 1
    assert joined_text(tokens(*parts)) == joined_text(tokens(stream))


@given(st.binary(max_size=200))
def test_no_byte_is_lost_or_invented(data: bytes) -> None:
    tokenizer = Tokenizer()
    found = tokenizer.feed(data)
    seen = b"".join(token.data for token in found)
    assert data.startswith(seen)
    assert tokenizer.feed(b"") == []


def test_a_string_ends_at_its_terminator_and_at_the_next_escape() -> None:
    assert tokens(b"\x1b]0;a\x07b") == [Token("string", b"\x1b]0;a\x07"), Token("text", b"b")]
    assert tokens(b"\x1b]0;a\x1b\\b") == [Token("string", b"\x1b]0;a\x1b\\"), Token("text", b"b")]
    assert tokens(b"\x1b]0;a\x1b[0m") == [Token("string", b"\x1b]0;a"), Token("csi", b"\x1b[0m")]


def test_a_sequence_that_is_cut_off_does_not_swallow_the_next() -> None:
    assert tokens(b"\x1b[31\x1b[0mx") == [Token("broken", b"\x1b[31"), Token("csi", b"\x1b[0m"), Token("text", b"x")]


def modes_after(data: bytes) -> Modes:
    modes = Modes()
    for token in tokens(data):
        modes.take(token)
    return modes


def test_what_is_left_on_is_named() -> None:
    left = modes_after(b"\x1b[?1049;1003h\x1b[?25l\x1b[>1u\x1b[?7l\x1b=").leftovers()
    assert left == ["mouse is on (?1003)", "alternate screen is on (?1049)", "automatic wrap is off (?7)",
                    "visible cursor is off (?25)", "keyboard protocol was not popped (flags [1])",
                    "application keypad is on"]


@pytest.mark.parametrize("back", [b"\x1b[?1049;1003l\x1b[?25h\x1b[<u", b"\x1bc", b"\x1b[!p"])
def test_what_is_put_back_is_not(back: bytes) -> None:
    assert modes_after(b"\x1b[?1049;1003h\x1b[?25l\x1b[>1u" + back).leftovers() == []


def test_keyboard_flags_are_a_stack() -> None:
    assert modes_after(b"\x1b[>1u\x1b[>5u").keyboard_flags == 5
    assert modes_after(b"\x1b[>1u\x1b[>5u\x1b[<u").keyboard_flags == 1
    assert modes_after(b"\x1b[>1u\x1b[=3;1u").keyboard_flags == 3
    assert modes_after(b"\x1b[>1u\x1b[<9u").keyboard_flags == 0


@pytest.mark.parametrize(("question", "answer"), [
    (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[0c", b"\x1b[?62;22c"), (b"\x1b[>c", b"\x1b[>1;10;0c"),
    (b"\x1b[5n", b"\x1b[0n"), (b"\x1b[6n", b"\x1b[4;3R"), (b"\x1b[?6n", b"\x1b[?4;3R"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[?25$p", b"\x1b[?25;1$y"), (b"\x1b[?4711$p", b"\x1b[?4711;0$y"),
    (b"\x1b[?u", b"\x1b[?0u"), (b"\x1b[18t", b"\x1b[8;24;80t"), (b"\x1b[>q", b"\x1bP>|test terminal\x1b\\"),
    (b"\x1b]11;?\x07", b"\x1b]11;rgb:1010/1010/1010\x07"), (b"\x1bP+q544e\x1b\\", b"\x1bP0+r\x1b\\"),
    (b"\x1b[31m", b""), (b"plain", b""), (b"\x1b]52;c;?\x07", b""),
])
def test_questions_are_answered(question: bytes, answer: bytes) -> None:
    answers = Answers(Modes(), lambda: (80, 24), lambda: (3, 4), kitty=True)
    assert b"".join(map(answers.to, tokens(question))) == answer


def test_a_mode_that_is_on_is_reported_so() -> None:
    answers = Answers(modes_after(b"\x1b[?2026h"), lambda: (80, 24), lambda: (1, 1), kitty=False)
    assert answers.to(Token("csi", b"\x1b[?2026$p")) == b"\x1b[?2026;1$y"
    assert answers.to(Token("csi", b"\x1b[?u")) == b""


@pytest.mark.parametrize("sequence", [b"\x1b[>1u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[4:3m", b"\x1b]0;x\x07",
                                      b"\x1b_G\x1b\\", b"\x1b[0 q"])
def test_what_would_be_drawn_as_text_is_left_out(sequence: bytes) -> None:
    assert b"".join(map(drawable, tokens(sequence + b"x"))) == b"x"


@pytest.mark.parametrize(("keys", "flags", "sent"), [
    ("ab<enter>", 0, b"ab\r"), ("<ctrl+c>", 0, b"\x03"), ("<ctrl+c>", 1, b"\x1b[99;5u"), ("<esc>", 0, b"\x1b"),
    ("<esc>", 1, b"\x1b[27u"), ("<alt+x>", 0, b"\x1bx"), ("<alt+x>", 1, b"\x1b[120;3u"),
    ("<up><f1>", 1, b"\x1b[A\x1bOP"),
    ("a<lt>b", 0, b"a<b"), ("1 < 2", 0, b"1 < 2"), ("ü", 0, "ü".encode()), ("<f12>", 0, b"\x1b[24~"),
])
def test_keys_become_what_a_terminal_sends(keys: str, flags: int, sent: bytes) -> None:
    assert key_bytes(keys, flags) == sent


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="<entr> is no key"):
        key_bytes("<entr>")
