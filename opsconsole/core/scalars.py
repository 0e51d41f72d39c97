"""One text as one value: what `yes`, `010`, `1_000` and `12:30` are, each type says for itself.

Every reader takes the text and returns the value, or raises ValueError with what is allowed.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import inspect

from opsconsole.core.readfile import home_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import Enum

_TRUE: Final = {"true", "yes", "on"}
_FALSE: Final = {"false", "no", "off"}
_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*(?:_[0-9]+)*|0[xX][0-9a-fA-F]+|0o[0-7]+|0b[01]+)")
_OCTAL: Final = re.compile(r"([-+]?)0+([1-9][0-9]*)")
_NUMBER: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LONGEST: Final = 400
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

WHOLE: Final = "a whole number"
NUMBER: Final = "a number"
BOOLEAN: Final = "true or false"


def read_text(text: str, kind: inspect.Type, home: str | None = None) -> Any:
    """A text as a value of one type that is neither a list nor a mapping.

    Raises:
        ValueError: with what is allowed and, perhaps, a hint.
        TypeError: no text can be of this type; a mistake of the program.
    """
    match kind:
        case inspect.StrType():
            return read_str(text)
        case inspect.BoolType():
            return read_bool(text)
        case inspect.IntType():
            return read_int(text)
        case inspect.FloatType():
            return read_float(text)
        case inspect.LiteralType():
            return read_one_of(text, {str(value): value for value in kind.values})
        case inspect.EnumType():
            return read_one_of(text, names_of(kind.cls))
        case inspect.AnyType():
            return guess(text)
        case inspect.NoneType():
            raise ValueError("null")
        case inspect.CustomType():
            return _read_custom(text, kind.cls, home)
    raise TypeError(f"no text can be a {kind}")


def _read_custom(text: str, cls: type, home: str | None) -> Any:
    if parse := getattr(cls, "parse", None):
        return parse(text)
    if cls.__name__ == "ZoneInfo":
        return read_zone(text)
    if cls.__name__ == "Path":
        return cls(home_path(read_str(text), home))
    raise TypeError(f"no text can be a {cls}")


def read_bool(text: str) -> bool:
    """`true yes on`, `false no off`, in any case."""
    word = text.lower() if len(text) <= 5 else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(BOOLEAN)


def read_int(text: str) -> int:
    """A whole number of 64 bits; `0x1f`, `0o17`, `0b1` and `1_000` too.

    `010` is refused: it is 8 to YAML 1.1 and 10 to YAML 1.2 and to people.
    """
    if len(text) <= _LONGEST and _WHOLE.fullmatch(text):
        value = int(text, 0)
        if -(2**63) <= value < 2**63:
            return value
        raise ValueError(f"{WHOLE} of at most 64 bits")
    if octal := _OCTAL.fullmatch(text[:40]):
        if set(octal[2]) <= set("01234567"):
            raise ValueError(f"{WHOLE}: {octal[1]}{octal[2]}, or {octal[1]}0o{octal[2]} if it is octal")
        raise ValueError(f"{WHOLE} without leading zeros: {octal[1]}{octal[2]}")
    raise ValueError(WHOLE)


def read_float(text: str) -> float:
    """A finite number with a decimal point; like a whole one, without leading zeros."""
    if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    raise ValueError(NUMBER if "," not in text else f"{NUMBER} with a decimal point, not a comma")


def read_str(text: str) -> str:
    """The text as it is, unless it holds characters that are no text."""
    if found := _CONTROLS.search(text):
        raise ValueError(f"text without control characters (here U+{ord(found[0]):04X})")
    return text


def names_of(kind: type[Enum]) -> dict[str, Enum]:
    """The members of an enumeration by what a file calls them: their text, or their name in small letters."""
    return {member.value if isinstance(member.value, str) else member.name.lower(): member for member in kind}


def read_one_of(text: str, choices: dict[str, Any]) -> Any:
    """One of several words."""
    if text in choices:
        return choices[text]
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a wrong value

    raise ValueError(f"{one_of(choices)}", nearest(text, choices))


def one_of(words: Iterable[object]) -> str:
    """`one of a, b, c`."""
    listed = [str(word) for word in words]
    return f"one of {', '.join(listed)}" if len(listed) > 1 else listed[0]


def read_zone(text: str) -> Any:
    """A time zone of the system's database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few files name a zone

    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from opsconsole.core.config import nearest  # noqa: PLC0415

        raise ValueError("a time zone such as Europe/Berlin or UTC", nearest(text, _zones())) from None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415

    return frozenset(available_timezones())


def guess(text: str) -> object:
    """What a plain text is where any type will do, by the core schema of YAML 1.2."""
    if text in ("true", "false"):
        return text == "true"
    for read in (read_int, read_float, read_str):
        try:
            return read(text)
        except ValueError:
            continue
    raise ValueError("text without control characters")
