"""Figures as people read them: at most three significant digits, one unit, and never 1024 of a unit.

What is not known (None, NaN, infinite) is no figure: `or_dash` puts the dash of the glyphs in its place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, Instant, local
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.text import clip, width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_DECIMAL = ("B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s", "EB/s")
_COUNTED = ("", "k", "M", "G", "T", "P", "E")
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_ENDLESS = 999 * 365 * 86_400
"""Seconds; beyond, a duration says nothing to anyone."""


def or_dash(value: float | None, form: Callable[[float], str], glyphs: Glyphs = UNICODE) -> str:
    """The figure in its form, or the dash where there is none."""
    return glyphs.dash if value is None or not math.isfinite(value) else form(value)


def size(amount: float) -> str:
    """Bytes in steps of 1024: `61 GiB`, `1.5 KiB`, `0 B`."""
    return _scaled(amount, 1024, _BINARY)


def rate(per_second: float) -> str:
    """Bytes per second in steps of 1000: `1.2 MB/s`."""
    return _scaled(per_second, 1000, _DECIMAL)


def count(amount: float) -> str:
    """A number of things: exact up to 9999, then `12.3 k`."""
    if abs(amount) < 9999.5:
        return _plain(amount, 0)
    return _scaled(amount, 1000, _COUNTED).rstrip()


def number(value: float, digits: int = 2) -> str:
    """A plain number with exactly `digits` decimals, such as a load average."""
    return _plain(value, digits)


def percent(value: float, digits: int = 0) -> str:
    """0..100 as `34 %`; what is not quite all is never rounded up to `100 %`, nor a little down to `0 %`."""
    smallest = 10.0**-digits
    if 100 - smallest < value < 100:
        return f"{100 - smallest:.{digits}f} %"
    if 0 < value <= smallest / 2:
        return f"<{smallest:.{digits}f} %"
    return f"{_plain(value, digits)} %"


def duration(seconds: float) -> str:
    """Elapsed time in at most two units: `45 s`, `1 h 10 min`, `3 d`; below a second in `ms`.

    Parts of the smallest unit shown are cut off, as clocks do; a negative time is `0 s`.
    """
    if not seconds > 0:
        return "0 s"
    if seconds < 1:
        thousandths = int(seconds * 1000)
        return f"{thousandths} ms" if thousandths else "<1 ms"
    whole = int(min(seconds, _ENDLESS))
    for place, (unit, length) in enumerate(_UNITS):
        if whole >= length:
            text = f"{whole // length} {unit}"
            return text + _second_unit(whole % length, whole // length, place)
    raise AssertionError("a second is the smallest unit")


def ago(seconds: float) -> str:
    """How long since: `now` up to 5 s, then one unit: `12 s ago`, `4 min ago`, `3 d ago`; in future: `in 4 min`."""
    if abs(seconds) < 5:
        return "now"
    whole = int(min(abs(seconds), _ENDLESS))
    unit, length = next(pair for pair in _UNITS if whole >= pair[1])
    text = f"{whole // length} {unit}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def moment(at: Instant, now: Instant, zone: tzinfo | None = None) -> str:
    """An instant as briefly as it stays clear: `14:05` today, `Mon 14:05` within six days, `3 Mar 14:05`, `2023-03-03`.

    Days are those of the zone's calendar; the last two forms are of this year and of another one.
    """
    then, today = local(at, zone), local(now, zone)
    days = (today.date() - then.date()).days
    clock = f"{then:%H:%M}"
    if not days:
        return clock
    if abs(days) <= 6:
        return f"{_DAYS[then.weekday()]} {clock}"
    if then.year == today.year and abs(at - now) < 300 * DAY:
        return f"{then.day} {_MONTHS[then.month - 1]} {clock}"
    return f"{then:%Y-%m-%d}"


def day(at: Instant, now: Instant, zone: tzinfo | None = None, *, short: bool = False) -> str:
    """The day of an instant: `Today`, `Yesterday`, `Sat 28 Nov`, `2025-11-28`; short: no weekday, at most 9 cells."""
    then, today = local(at, zone).date(), local(now, zone).date()
    days = (today - then).days
    if not days:
        return "Today"
    if days == 1:
        return "Yesterday"
    if abs(days) > 300:
        return f"{then:%Y-%m}" if short else f"{then:%Y-%m-%d}"
    word = f"{then.day} {_MONTHS[then.month - 1]}"
    return word if short else f"{_DAYS[then.weekday()]} {word}"


def stamp(at: Instant, zone: tzinfo | None = None) -> str:
    """The full form, with the zone: `2024-03-03 14:05:09 CET`."""
    return f"{local(at, zone):%Y-%m-%d %H:%M:%S %Z}".rstrip()


def right(text: str, cells: int) -> str:
    """Text at the right end of exactly `cells` cells."""
    shown = clip(text, cells)
    return " " * (cells - width(shown)) + shown


def left(text: str, cells: int) -> str:
    """Text at the left end of exactly `cells` cells."""
    shown = clip(text, cells)
    return shown + " " * (cells - width(shown))


def bar(value: float | None, cells: int, glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """0..100 as a bar: its full and its empty part, `cells` cells together.

    Anything above 0 shows one cell, anything below 100 leaves one, where there are two or more.
    """
    cells = max(cells, 0)
    if value is None or not math.isfinite(value):
        return "", glyphs.bar_empty * cells
    full = round(min(max(value, 0.0), 100.0) / 100 * cells)
    if cells > 1:
        full = max(full, 1) if value > 0 else 0
        full = min(full, cells - 1) if value < 100 else cells
    return glyphs.bar_full * full, glyphs.bar_empty * (cells - full)


def sparkline(values: Sequence[float | None], cells: int, glyphs: Glyphs = UNICODE, *, low: float = 0,
              high: float | None = 100) -> str:
    """The newest `cells` values, oldest left, right-aligned in exactly `cells` cells; a gap (None) is a space.

    With `high` None the highest value shown is the top.
    """
    if cells <= 0:
        return ""
    shown = values[-cells:]
    known = [value for value in shown if value is not None and math.isfinite(value)]
    top = high if high is not None else max(known, default=low)
    span = top - low
    steps = len(glyphs.spark)
    signs = [_spark(value, low, span, steps, glyphs.spark) for value in shown]
    return "".join(signs).rjust(cells)


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _spark(value: float | None, low: float, span: float, steps: int, signs: str) -> str:
    if value is None or not math.isfinite(value):
        return " "
    if span <= 0 or value <= low:
        return signs[0]
    return signs[-1] if value >= low + span else signs[min(int((value - low) / span * steps), steps - 1)]


def _scaled(amount: float, step: int, units: Sequence[str]) -> str:
    """The amount in the largest unit in which it rounds to at least 1, with at most three significant digits."""
    value = float(amount)
    last = len(units) - 1
    place = 0
    # 999.5 would show as 1000: three digits are all that a figure has.
    while abs(value) >= 999.5 and place < last:
        value /= step
        place += 1
    if abs(value) >= 999.5:
        return f"{'<-' if value < 0 else '>'}999 {units[last]}"
    digits = 0 if not place or abs(value) >= 9.95 else 1
    return f"{_plain(value, digits, trim=True)} {units[place]}"


def _plain(value: float, digits: int, *, trim: bool = False) -> str:
    text = f"{value:.{digits}f}"
    if trim and digits and text.endswith(f".{'0' * digits}"):
        text = text[: -digits - 1]
    return text.removeprefix("-") if not text.strip("-0.") else text


def _second_unit(rest: int, amount: int, place: int) -> str:
    """The next smaller unit, where it still matters: not beside ten or more of the larger one, seconds beside 1 min."""
    if amount >= 10 or place == len(_UNITS) - 1:
        return ""
    unit, length = _UNITS[place + 1]
    if length == 1 and amount > 1:
        return ""
    return f" {rest // length} {unit}" if rest >= length else ""
