"""Text that was made to act, to hide, to break a layout or to crash; whoever shows foreign text is tested with it.

`CORPUS` is for one line at a time. `FILE_NAMES` and `PROCESS_NAMES` are those of it that a kernel accepts as such, in
bytes. `assert_inert` is what must be true of anything that reaches a terminal.
"""

from __future__ import annotations

import unicodedata

ESCAPES: tuple[str, ...] = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b[?1049l\x1b[?25h",
    "\x1b[6n",
    "\x1b[c\x1b[>c\x1b[=c",
    "\x1b[5n\x1b[?15n\x1b[18t\x1b[21t",
    "\x1bc",
    "\x1b(0lqqqk\x1b(B",
    "\x1b]0;owned\x07",
    "\x1b]2;owned\x1b\\",
    "\x1b]8;;https://example.invalid/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]52;c;?\x07",
    "\x1b]4;1;?\x1b\\",
    "\x1b]1337;File=inline=1:AAAA\x07",
    "\x1bP$q\"p\x1b\\",
    "\x1bP0;1|17/ab\x9c",
    "\x1b_Ga=T,f=24;AAAA\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bXstart of string\x1b\\",
    "\x9b31mred",
    "\x9b6n",
    "\x9d0;owned\x9c",
    "\x90$qm\x9c",
    "\x98sos\x9c\x9epm\x9c\x9fapc\x9c",
    "\x85next line\x84\x8d",
    "unterminated \x1b]0;",
    "unterminated \x1b[",
    "unterminated \x1bP",
    "unterminated \x1b",
    "\x1b[200~pasted\x1b[201~",
    "\x1b[9999999999999999999C",
    "\x1b[" + ";" * 500 + "m",
)
OVERWRITES: tuple[str, ...] = (
    "real\rfake",
    "secret\b\b\b\b\b\bpublic",
    "one\ntwo",
    "one\r\ntwo\n",
    "tab\tbed",
    "bell\x07 null\x00 delete\x7f",
    "\x0e\x0fshift\x0b\x0c\x1a\x1c",
)
UNSEEN: tuple[str, ...] = (
    "invoice\u202efdp.exe",
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "zero\u200bwidth\u200c\u200d\u2060\ufeff",
    "soft\u00adhyphen\u180e\u034f",
    "tags\U000e0001\U000e0068\U000e0069\U000e007f",
    "selectors s\ufe0fs\ufe00h\U000e0100d\U000e01ef",
    "line\u2028paragraph\u2029",
    "spaces\u00a0\u1680\u2000\u200a\u202f\u205f\u3000end",
    "fillers\u115f\u1160\u3164\uffa0",
    "\ufff9annotated\ufffatext\ufffb",
    "noncharacters\ufdd0\ufffe\uffff\U0010ffff",
    "private\ue000\uf8ff\U000f0000\U0010fffd",
    "unassigned\u0378\U000e0080",
    "surrogates\ud800\udfff\udc80\udcff",
)
WIDE: tuple[str, ...] = (
    "e" + "\u0301" * 200,
    "\u0301\u0302begins with marks",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u030a\u0318\u0338l\u0334\u0321g\u0315o\u0321",
    "\u1100" + "\u1161" * 50,
    "漢字かなカナ한국어",
    "\uff46\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48",
    "😀🎉👍🏽👩\u200d💻❤\ufe0f1\ufe0f\u20e3🇩🇪🇩",
    "👍" + "🏽" * 5,
    "مرحبا بالعالم",
    "שלום עולם",
    "हिन्दी ไทย தமிழ் བོད་ཡིག",
    "﷽",
)
MARKUP: tuple[str, ...] = (
    "[@click=app.quit]x[/red]",
    "[@click=app.quit]x[/red] \x1b]52;c;ZXZpbA==\x07",
    "[red]not red[/red]",
    "[/",
    "[/]",
    "[/nonsense]",
    "[[[",
    "]]]",
    "[",
    "[link=https://example.invalid]here[/link]",
    "[on $error]x",
    "\\[bold]x\\[/bold]",
    "$var ${HOME} %s %d {0} {name!r} {",
    ":smile: :warning:",
    "<script>alert(1)</script> &amp; <!-- -->",
    "=HYPERLINK(\"https://example.invalid\")",
    "'; DROP TABLE events; --",
    "../../../etc/passwd",
    "$(touch owned) `touch owned` ; touch owned",
    "-rf --help",
    "{{ 7 * 7 }}",
)
SHAPES: tuple[str, ...] = (
    "",
    " ",
    "   leading and trailing   ",
    "\n",
    "\n" * 50,
    "\t" * 20,
    "x" * 5000,
    "漢" * 2000,
    "a " * 2000,
    "‹U+202E›␛[31m",  # noqa: RUF001 - what harmless text looks like, given by a foreigner
    "NaN", "-0", "1e999", "null", "None", "0x1b",
)
CORPUS: tuple[str, ...] = ESCAPES + OVERWRITES + UNSEEN + WIDE + MARKUP + SHAPES

INVALID_BYTES: tuple[bytes, ...] = (
    b"\xff\xfe\xfd", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80" * 40,
    b"\xc2\x9b31mred", b"\xf0\x9f\x98",
)
"""Not UTF-8; the last but one is: a control sequence introducer in its 8-bit form."""


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


PROCESS_NAMES: tuple[bytes, ...] = tuple(
    dict.fromkeys(raw[:15] for text in CORPUS if (raw := _as_bytes(text).replace(b"\0", b"")[:15]))) + tuple(
    raw[:15] for raw in INVALID_BYTES)
"""What PR_SET_NAME takes: at most 15 bytes without NUL, none empty."""
FILE_NAMES: tuple[bytes, ...] = tuple(
    dict.fromkeys(raw for text in CORPUS if (raw := _as_bytes(text).replace(b"\0", b"").replace(b"/", b"_")[:200])
                  not in {b"", b".", b".."})) + INVALID_BYTES
"""Names of one path component: without NUL and slash, at most 255 bytes."""

_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def assert_inert(text: str, *, lines: bool = False) -> None:
    """Fails with the characters of `text` that a terminal could act on; with `lines`, line breaks may be there."""
    bad = {char for char in text if unicodedata.category(char) in _ACTING} - ({"\n"} if lines else set())
    assert not bad, f"acts on a terminal: {sorted(hex(ord(char)) for char in bad)} in {text[:200]!a}"


def through_json(text: str) -> str:
    """What parsing gives for a text: a high surrogate and a low one after it are one character in JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
