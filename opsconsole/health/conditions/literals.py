"""What stands at the right of a comparison: a number with its unit, a text, true, false, null."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.text import limited
from opsconsole.core.units import Duration, Percent, Size

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["null", "bool", "text", "number", "seconds", "bytes", "percent", "/s", "/min", "/h", "B/s"]
Plain = None | bool | float | str

NUMBERS: Final = frozenset({"number", "seconds", "bytes", "percent", "/s", "/min", "/h", "B/s"})
LONGEST_NUMBER: Final = 100
"""Characters."""
_PER: Final = {"/s": 1, "/min": 60, "/h": 3600}
_PER_WORDS: Final[dict[str, Kind]] = {"s": "/s", "sec": "/s", "second": "/s", "m": "/min", "min": "/min",
                                      "minute": "/min", "h": "/h", "hour": "/h"}
NUMBER: Final = re.compile(
    r"(?P<sign>[-+]?)(?P<amount>[0-9]+(?:\.[0-9]+)?(?:[A-Za-z]+| (?:ms|min|[wdhms]|[kKMGTPE]?i?B)\b)?"
    r"(?:(?<=[a-z]) ?[0-9]+(?:\.[0-9]+)? ?(?:ms|min|[wdhms])(?![A-Za-z]))*)(?P<percent> ?%)?(?:/(?P<per>[A-Za-z]+))?")


class Lit(NamedTuple):
    """One literal: what it counts, and the amount; rates are kept as they are written, `5` of `/min`."""

    kind: Kind
    value: Plain

    @property
    def base(self) -> Plain:
        """The value in the units that measurements have: seconds, bytes, per cent, per second."""
        if self.kind in _PER and isinstance(self.value, int | float):
            return self.value / _PER[self.kind]
        return self.value

    def __str__(self) -> str:
        value = self.value
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return quoted(value)
        sign, amount = ("-" if value < 0 else ""), abs(value)
        if self.kind == "seconds":
            return f"{sign}{Duration(amount)}"
        if self.kind in {"bytes", "B/s"}:
            return f"{sign}{Size(amount)}{'/s' if self.kind == 'B/s' else ''}"
        return f"{sign}{_digits(amount)}{'%' if self.kind == 'percent' else self.kind if self.kind in _PER else ''}"

    @property
    def shown(self) -> str:
        """As people read it: `1 h 30 min`, `10 MB`, `80 %`, `"ok"`."""
        if self.kind == "seconds":
            parts = re.findall(r"([0-9.]+)([a-z]+)", str(self))
            sign = "-" if str(self).startswith("-") else ""
            return sign + " ".join(f"{amount} {'min' if unit == 'm' else unit}" for amount, unit in parts)
        if self.kind in {"bytes", "B/s", "percent"}:
            return re.sub(r"([0-9])([A-Za-z%])", r"\1 \2", str(self))
        if self.kind in _PER:
            return str(self).replace("/", " /")
        return limited(str(self), 80)


def quoted(text: str) -> str:
    """A text in quotes, as the language reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def read_number(found: re.Match[str]) -> Lit:
    """What `NUMBER` matched, as a literal.

    Raises:
        ValueError: with what is allowed in its place.
    """
    if len(found[0]) > LONGEST_NUMBER:
        raise ValueError("a number of fewer digits")
    sign = -1 if found["sign"] == "-" else 1
    amount, per = found["amount"], found["per"]
    if found["percent"]:
        if per or not re.fullmatch("[0-9.]+", amount):
            raise ValueError(Percent.ALLOWED)
        return Lit("percent", sign * float(Percent.parse(amount)))
    if per:
        return _rate(amount, per, sign)
    if re.search("[A-Za-z]", amount) is None:
        return Lit("number", sign * _plain(amount))
    if re.search("[bB]$|[KMGTPE]$|[0-9] ?k$", amount):
        return Lit("bytes", sign * int(Size.parse(amount)))
    return Lit("seconds", sign * float(Duration.parse(amount)))


def _rate(amount: str, per: str, sign: int) -> Lit:
    kind = _PER_WORDS.get(per)
    if kind is None:
        raise ValueError("a rate per `/s`, `/min` or `/h`")
    if re.search("[A-Za-z]", amount) is None:
        return Lit(kind, sign * _plain(amount))
    if kind != "/s":
        raise ValueError("an amount per second, such as 10MB/s")
    return Lit("B/s", sign * int(Size.parse(amount)))


def _plain(text: str) -> float:
    return float(text) if "." in text else int(text)


def _digits(amount: float) -> str:
    return str(amount) if isinstance(amount, int) else format(Decimal(repr(amount)), "f").removesuffix(".0")


def fitted(lit: Lit, unit: str, name: str) -> Lit:
    """A literal in the unit of the value that it is compared with.

    Args:
        lit: as it was written.
        unit: as in `Check.VALUES`; one that is not known here fits everything.
        name: of the value, for the message.

    Raises:
        ValueError: it cannot be compared with it; says what to write.
    """
    if lit.kind == "null" or unit not in _FITS:
        return lit
    kinds, meaning, example = _FITS[unit]
    if lit.kind in kinds:
        return lit
    if lit.kind == "number" and isinstance(lit.value, int | float):
        changed = _with_unit(lit.value, unit)
        if changed is not None:
            return changed
        if unit == "seconds":
            example = f"{lit}s, {lit}min, {lit}h or {lit}d"
        elif unit == "text":
            example = f'"{lit}"'
    elif unit == "number" and lit.kind in NUMBERS:
        example = _digits(abs(lit.value)) if isinstance(lit.value, int | float) else example
    elif unit == "bytes per second" and lit.kind == "bytes":
        example = f"{lit}/s"
    raise ValueError(f"`{name}` is {meaning}: write {example}, not {limited(str(lit), 40)}")


_FITS: Final[dict[str, tuple[frozenset[str], str, str]]] = {
    "seconds": (frozenset({"seconds"}), "a time", "a duration such as 3s"),
    "bytes": (frozenset({"bytes"}), "a size", "a size such as 10MB"),
    "percent": (frozenset({"percent"}), "a share", "a percentage such as 80%"),
    "number": (frozenset({"number"}), "a plain number", "a number such as 5"),
    "per second": (frozenset({"/s", "/min", "/h"}), "a rate", "a rate such as 5/s or 300/min"),
    "bytes per second": (frozenset({"B/s"}), "a rate", "a rate such as 10MB/s"),
    "text": (frozenset({"text"}), "a text", "it in quotes"),
    "bool": (frozenset({"bool"}), "true or false", "true or false")}


def _with_unit(value: float, unit: str) -> Lit | None:
    """A number without a unit, where only one unit can be meant."""
    whole = isinstance(value, int) and abs(value) <= Size.LIMIT
    match unit:
        case "seconds" if value == 0:
            return Lit("seconds", 0.0)
        case "bytes" if whole:
            return Lit("bytes", value)
        case "percent" if abs(value) <= Percent.LIMIT:
            return Lit("percent", float(value))
        case "per second":
            return Lit("/s", value)
        case "bytes per second" if whole:
            return Lit("B/s", value)
    return None


def show_value(value: Plain, kind: str) -> str:
    """A measured value as people read it.

    Args:
        value: in base units.
        kind: of the literal that it is compared with, or a unit as in `Check.VALUES`.
    """
    if value is None or isinstance(value, bool | str):
        return limited(quoted(value) if isinstance(value, str) else str(Lit("bool", value)), 80)
    match kind:
        case "seconds":
            return _seconds(value)
        case "bytes":
            return _signed(value, fmt.size)
        case "bytes per second" | "B/s":
            return _signed(value, fmt.rate)
        case "percent":
            return f"{_trimmed(value)} %"
        case "per second" | "/s" | "/min" | "/h":
            per = kind if kind in _PER else "/s"
            return f"{_trimmed(value * _PER[per])} {per}"
    return _trimmed(value)


def _signed(value: float, form: Callable[[float], str]) -> str:
    return f"-{form(-value)}" if value < 0 else form(value)


def _seconds(value: float) -> str:
    if value < 0:
        return f"-{_seconds(-value)}"
    return f"{_trimmed(value)} s" if 1 <= value < 60 else fmt.duration(value)


def _trimmed(value: float) -> str:
    """At most one decimal, more only where the number is small; whole numbers exactly."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.1f}" if 1 <= abs(value) < 1e15 else f"{value:.3g}"
    return text.removesuffix(".0")
