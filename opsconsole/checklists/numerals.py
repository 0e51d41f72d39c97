"""Figures as people write them, and the units that stand behind them; pure."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

_TIME: Final = {"ms": Fraction(1, 1000), "s": Fraction(1), "sec": Fraction(1), "min": Fraction(60), "m": Fraction(60),
                "h": Fraction(3600), "d": Fraction(86_400), "w": Fraction(604_800)}
_SIZE: Final = ({f"{letter}B": Fraction(1000**power) for power, letter in enumerate(("", "k", "M", "G", "T", "P"))}
                | {f"{letter}iB": Fraction(1024**power) for power, letter in enumerate("KMGTP", 1)}
                | {"KB": Fraction(1000)})
_RATE: Final = {"/s": Fraction(1), "/min": Fraction(1, 60), "/h": Fraction(1, 3600)}
_SPEED: Final = {f"{unit}/s": size for unit, size in _SIZE.items()}
_MEASURES: Final = (_TIME, _SIZE, _RATE, _SPEED)
"""What one of each unit is in the units of measurements: seconds, bytes, per second, bytes per second."""

_LONGEST: Final = 100
"""Characters of a number with its unit."""
_SPACES: Final = "[ _'\u2019\u00a0\u2009\u202f]"
_NUMERAL: Final = re.compile(
    rf"(?P<sign>[-+\u2212]?) ?(?P<digits>[0-9]*(?:(?:[.,]|{_SPACES})[0-9]+)*)(?P<exponent>[eE][-+]?[0-9]{{1,3}})?"
    r"\s{0,3}(?P<unit>[^0-9\s.,].{0,30})?")


def _scale(unit: str) -> tuple[int, Fraction] | None:
    """Which measure a unit belongs to, and how much one of it is; None: it is a word like any other."""
    return next(((number, units[unit]) for number, units in enumerate(_MEASURES) if unit in units), None)


def _times(value: float, factor: Fraction) -> float:
    """Of the digits that people see: 1.1 h are 3960 s, although no float is 1.1."""
    if not math.isfinite(value):
        return value
    try:
        return float(Fraction(repr(float(value))) * factor)
    except OverflowError:
        return math.copysign(math.inf, value)


def to_base(value: float, unit: str) -> float:
    """A figure in seconds, bytes, or their rates: 6 `h` is 21600; one in any other unit stays as it is."""
    known = _scale(unit)
    return value if known is None else _times(value, known[1])


def from_base(value: float, unit: str) -> float:
    """A measured figure in the unit that a template wants: 21600 in `h` is 6."""
    known = _scale(unit)
    return value if known is None else _times(value, 1 / known[1])


def figure(value: float) -> str:
    """A number with all of its digits, as it is read back: `24`, `0.1`."""
    return repr(float(value)).removesuffix(".0")


def read_figure(text: str, unit: str = "", *, whole: bool = False) -> float:
    """A number as it was typed: `3.5`, `3,5`, `1 234,5`, `1,234.5`, `90 min` where hours are wanted.

    Args:
        text: what was typed.
        unit: in which it is wanted; it may stand behind the number, as may another one of the same measure.
        whole: only whole numbers make sense, so that `1,234` can only be one thing.

    Raises:
        ValueError: it is none, or could be two; says what to write.
    """
    shown = text.strip()
    found = _NUMERAL.fullmatch(shown) if len(shown) <= _LONGEST else None
    if found is None or not found["digits"]:
        raise ValueError("Write it with digits, such as 12 or 3.5.")
    number = float(_plain(found["digits"], whole=whole) + (found["exponent"] or ""))
    number = _in_unit(number, (found["unit"] or "").strip(), unit)
    if not math.isfinite(number):
        raise ValueError("It is beyond all measure.")
    return -number if found["sign"] in ("-", "\u2212") and number else number


def _in_unit(number: float, given: str, unit: str) -> float:
    if not given or given.casefold() == unit.casefold():
        return number
    have, want = _scale(given), _scale(unit)
    if have is None or want is None or have[0] != want[0]:
        raise ValueError(f"The unit is {unit}; leave it out, or write it so." if unit
                         else "Write the number alone, it has no unit.")
    return _times(number, have[1] / want[1])


def _plain(digits: str, *, whole: bool) -> str:
    """Digits with a point and nothing else. The last of two different signs is the decimal one.

    A comma before three digits could be both, and a guess would be wrong by a thousand.
    """
    text = re.sub(_SPACES, " ", digits)
    signs = re.findall("[ .,]", text)
    last = signs[-1] if signs else ""
    decimal = last if last in (".", ",") and signs.count(last) == 1 else ""
    if decimal == "," and len(signs) == 1 and re.fullmatch("[1-9][0-9]{0,2},[0-9]{3}", text):
        if not whole:
            plain = text.replace(",", "")
            raise ValueError(f"Write {plain} or {text.replace(',', '.')}: it could be either.")
        decimal = ""
    head, _, tail = text.rpartition(decimal) if decimal else (text, "", "")
    groups = re.split("[ .,]", head)
    kinds = set(re.findall("[ .,]", head))
    if kinds and (len(kinds) > 1 or decimal in kinds or not 1 <= len(groups[0]) <= 3
                  or any(len(group) != 3 for group in groups[1:])):
        raise ValueError("Write it without separators, such as 1234.5.")
    return f"{''.join(groups) or '0'}.{tail or '0'}"
