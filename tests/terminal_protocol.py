"""What a terminal makes of the bytes that a program writes: modes, answers to queries, and what an emulator can draw.

Pure: bytes in, state and bytes out. Sources: ECMA-48, XTerm's "Control Sequences", the kitty keyboard protocol.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ESC = b"\x1b"

TOKEN = re.compile(
    rb"""(?P<string>\x1b[\]PX^_] [^\x07\x18\x1a\x1b]* (?:[\x07\x18\x1a]|\x1b\\|(?=\x1b[^\\])))  # OSC, DCS, SOS, PM, APC
       | (?P<csi>\x1b\[ [0-?]* [ -/]* [@-~])
       | (?P<short>\x1b [ -/]* [0-OQ-WYZ\\`-~])
       | (?P<broken>\x1b\[ [0-?]* [ -/]* (?=[^ -~]))                   # a CSI that something else cuts off
       | (?P<text>[^\x1b]+)""",
    re.VERBOSE,
)
CSI = re.compile(rb"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])")

OFF_WHEN_LEFT = {1: "application cursor keys", 9: "mouse", 47: "alternate screen", 1000: "mouse", 1002: "mouse",
                 1003: "mouse", 1004: "focus reports", 1005: "mouse", 1006: "mouse", 1015: "mouse", 1016: "mouse",
                 1047: "alternate screen", 1049: "alternate screen", 2004: "bracketed paste",
                 2026: "synchronized output", 2031: "colour scheme reports", 2048: "resize reports"}
"""Private modes that must be off when a program has left."""
ON_WHEN_LEFT = {7: "automatic wrap", 25: "visible cursor"}
"""Private modes that must be on when a program has left."""
ALTERNATE = frozenset({47, 1047, 1049})


class Token(NamedTuple):
    """One control sequence, or a run of text between two."""

    kind: str
    """`text`, `csi`, `short` (ESC and a letter), `string` (OSC, DCS …) or `broken`."""
    data: bytes


class Tokenizer:
    """Cuts a stream into whole sequences, whatever the sizes of the pieces it arrives in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Token]:
        """The whole tokens so far; an unfinished sequence is kept for the next call."""
        data = self._rest + data
        tokens: list[Token] = []
        at = 0
        while (found := TOKEN.match(data, at)) is not None:
            tokens.append(Token(found.lastgroup or "text", found[0]))
            at = found.end()
        self._rest = data[at:]
        return tokens


class Modes:
    """The modes that a program has set, as a terminal would know them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As after switching the terminal on."""
        self.private: dict[int, bool] = {}
        self.keyboard: list[int] = []
        """Kitty keyboard flags that were pushed and not yet popped."""
        self.keypad = False

    @property
    def keyboard_flags(self) -> int:
        """The kitty keyboard flags now in force."""
        return self.keyboard[-1] if self.keyboard else 0

    def take(self, token: Token) -> None:
        """Note what one token changes."""
        if token.kind == "short":
            self._take_short(token.data)
        elif token.kind == "csi" and (found := CSI.fullmatch(token.data)) is not None:
            prefix, parameters, between, final = found.groups()
            numbers = [int(part) for part in re.findall(rb"\d+", parameters)]
            if prefix == b"?" and final in b"hl" and not between:
                self.private.update(dict.fromkeys(numbers, final == b"h"))
            elif final == b"u" and prefix:
                self._take_keyboard(prefix, numbers)
            elif final == b"p" and between == b"!":
                self.reset()

    def _take_short(self, data: bytes) -> None:
        if data == b"\x1bc":
            self.reset()
        elif data in {b"\x1b=", b"\x1b>"}:
            self.keypad = data == b"\x1b="

    def _take_keyboard(self, prefix: bytes, numbers: list[int]) -> None:
        if prefix == b">":
            self.keyboard.append(numbers[0] if numbers else 0)
        elif prefix == b"<":
            count = max(1, numbers[0]) if numbers else 1
            del self.keyboard[max(0, len(self.keyboard) - count):]
        elif prefix == b"=" and numbers:
            self.keyboard[-1:] = [numbers[0]]

    def leftovers(self) -> list[str]:
        """What a program that left now would leave behind, in words; empty when all is as it was."""
        found = [f"{name} is on (?{mode})" for mode, name in OFF_WHEN_LEFT.items() if self.private.get(mode, False)]
        found += [f"{name} is off (?{mode})" for mode, name in ON_WHEN_LEFT.items() if not self.private.get(mode, True)]
        if self.keyboard:
            found.append(f"keyboard protocol was not popped (flags {self.keyboard})")
        if self.keypad:
            found.append("application keypad is on")
        return found


class Answers:
    """What a terminal writes back when it is asked something.

    Args:
        size: gives (columns, rows).
        cursor: gives the cursor's (column, row), from 1.
        kitty: whether this terminal knows the kitty keyboard protocol.
    """

    def __init__(self, modes: Modes, size: Callable[[], tuple[int, int]], cursor: Callable[[], tuple[int, int]],
                 *, kitty: bool) -> None:
        self._modes, self._size, self._cursor, self._kitty = modes, size, cursor, kitty

    def to(self, token: Token) -> bytes:
        """The answer to one token; empty when it asks nothing."""
        if token.kind == "string":
            return self._to_string(token.data)
        if token.kind != "csi" or (found := CSI.fullmatch(token.data)) is None:
            return b""
        prefix, parameters, between, final = found.groups()
        match prefix + between + final:
            case b"c" if parameters in {b"", b"0"}:
                return b"\x1b[?62;22c"
            case b">c":
                return b"\x1b[>1;10;0c"
            case b"=c":
                return b"\x1bP!|00000000\x1b\\"
            case b">q":
                return b"\x1bP>|test terminal\x1b\\"
            case b"?$p":
                return self._mode_report(int(parameters or b"0"))
            case b"?u":
                return b"\x1b[?%du" % self._modes.keyboard_flags if self._kitty else b""
            case b"n" | b"?n":
                return self._status(prefix, parameters)
            case b"t" if parameters == b"18":
                return b"\x1b[8;%d;%dt" % self._size()[::-1]
        return b""

    def _mode_report(self, mode: int) -> bytes:
        known = mode in {1, 7, 25, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026}
        state = (1 if self._modes.private.get(mode, mode in ON_WHEN_LEFT) else 2) if known else 0
        return b"\x1b[?%d;%d$y" % (mode, state)

    def _status(self, prefix: bytes, parameters: bytes) -> bytes:
        if parameters == b"5":
            return b"\x1b[0n"
        if parameters == b"6":
            return b"\x1b[%s%d;%dR" % (prefix, *self._cursor()[::-1])
        return b""

    @staticmethod
    def _to_string(data: bytes) -> bytes:
        colours = {b"\x1b]10;?": b"\x1b]10;rgb:d0d0/d0d0/d0d0", b"\x1b]11;?": b"\x1b]11;rgb:1010/1010/1010"}
        for question, answer in colours.items():
            if data.startswith(question):
                return answer + data[len(question):]
        return b"\x1bP0+r\x1b\\" if data.startswith(b"\x1bP+q") else b""


def drawable(token: Token) -> bytes:
    """What of a token the emulator understands; the rest would be printed as text, which no terminal does."""
    if token.kind in {"text", "short"}:
        return token.data
    if token.kind == "csi" and (found := CSI.fullmatch(token.data)) is not None:
        prefix, parameters, between, final = found.groups()
        if prefix in {b"", b"?"} and not between and b":" not in parameters and final not in b"cntu":
            return token.data
    return b""


# -- keys ----------------------------------------------------------------------------------------------------------

NAMED_KEYS = {
    "enter": b"\r", "esc": b"\x1b", "tab": b"\t", "shift+tab": b"\x1b[Z", "space": b" ", "backspace": b"\x7f",
    "up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D", "home": b"\x1b[H", "end": b"\x1b[F",
    "pgup": b"\x1b[5~", "pgdn": b"\x1b[6~", "insert": b"\x1b[2~", "delete": b"\x1b[3~", "lt": b"<",
    **{f"f{number}": b"\x1bO" + letter for number, letter in zip(range(1, 5), (b"P", b"Q", b"R", b"S"), strict=True)},
    **{f"f{number}": b"\x1b[%d~" % code
       for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
}


def key_bytes(keys: str, keyboard_flags: int = 0) -> bytes:
    """The bytes that a terminal sends for `keys`: text as it is, `<enter>`, `<ctrl+c>`, `<alt+x>`, `<lt>` for "<".

    With the kitty protocol's first flag set, escape and keys with control or alt arrive in its unambiguous form.

    Raises:
        ValueError: a name between angle brackets that is no key.
    """
    sent = b""
    for part in re.split(r"(<[a-z0-9+]+>)", keys):
        if re.fullmatch(r"<[a-z0-9+]+>", part) is None:
            sent += part.encode()
        else:
            sent += _named(part[1:-1], disambiguate=bool(keyboard_flags & 1))
    return sent


def _named(name: str, *, disambiguate: bool) -> bytes:
    if name == "esc" and disambiguate:
        return b"\x1b[27u"
    if name in NAMED_KEYS:
        return NAMED_KEYS[name]
    modifier, _, letter = name.rpartition("+")
    if modifier in {"ctrl", "alt"} and len(letter) == 1:
        if disambiguate:
            return b"\x1b[%d;%du" % (ord(letter), {"alt": 3, "ctrl": 5}[modifier])
        return ESC + letter.encode() if modifier == "alt" else bytes([ord(letter) & 0x1F])
    raise ValueError(f"<{name}> is no key; known are {', '.join(sorted(NAMED_KEYS))}, ctrl+x and alt+x")
