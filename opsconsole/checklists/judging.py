"""What an entered value means for an item: its verdict, and the limit in force; pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from opsconsole.checklists.model import MOST_ROWS, MOST_TEXT, Value, Verdict
from opsconsole.checklists.numerals import figure, read_figure, to_base
from opsconsole.checklists.template import AutoItem, ChoiceItem, NumberItem, TableItem, TextItem, YesNoItem
from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from opsconsole.checklists.template import Item
    from opsconsole.health.conditions import Condition

_KIND = TypeVar("_KIND")
_WORDS: Final = {"yes": True, "y": True, "true": True, "on": True, "no": False, "n": False, "false": False,
                 "off": False}
_DONE: Final = frozenset({"", "done", "ok", "x", "yes", "y", "true"})
_CELLS: Final = "|"
_FIGURE: Final = "value"
"""What a condition calls the figure where it names none."""


class Judged(NamedTuple):
    """A value as it is stored, and what it means."""

    verdict: Verdict
    value: Value
    unit: str = ""
    limit: str = ""


def judge(item: Item, value: Value) -> Judged:
    """What a value means for an item.

    Args:
        item: of the template.
        value: as entered; for a tick, an instruction or evidence None: it is done.

    Raises:
        UsageError: the item cannot have this value; says what it wants.
    """
    limit = limit_of(item)
    match item:
        case NumberItem():
            number = _finite(item, value)
            if item.whole and not number.is_integer():
                raise _unfit(item, "a whole number")
            fits = (item.min is None or number >= item.min) and (item.max is None or number <= item.max)
            return Judged(_verdict(fits=fits), number, item.unit, limit)
        case TextItem():
            return Judged(Verdict.OK, _text(item, value))
        case ChoiceItem():
            if not isinstance(value, str) or value not in item.options:
                raise _unfit(item, f"one of {_listed(item.options)}")
            return Judged(_verdict(fits=value not in item.fails), value, limit=limit)
        case YesNoItem():
            if not isinstance(value, bool):
                raise _unfit(item, "yes or no")
            return Judged(_verdict(fits=item.expect in ("either", "yes" if value else "no")), value, limit=limit)
        case TableItem():
            return Judged(Verdict.OK, _table(item, value))
        case AutoItem():
            return _judged_by_hand(item, value)
    if not (value is None or isinstance(value, bool)):
        raise _unfit(item, "no value: it is done, or it is not")
    return Judged(_verdict(fits=value is not False), None)


def _verdict(*, fits: bool) -> Verdict:
    return Verdict.OK if fits else Verdict.FAILED


def _unfit(item: Item, wants: str, todo: str = "") -> UsageError:
    return UsageError(f"'{limited(item.title, 60)}' wants {wants}.", todo)


def _listed(words: tuple[str, ...]) -> str:
    return limited(", ".join(words), 200)


def _finite(item: Item, value: Value) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            # Minus nothing is nothing: else it would be stored and shown as `-0`.
            return number + 0.0
    raise _unfit(item, "a number")


def _text(item: Item, value: Value) -> str:
    if not isinstance(value, str):
        raise _unfit(item, "text")
    text = value.strip()
    if not text:
        raise _unfit(item, "some words, and there are none")
    if len(text) > MOST_TEXT:
        raise _unfit(item, f"at most {MOST_TEXT} characters, and there are {len(text)}",
                     "Say it in short, and keep the rest as evidence.")
    return text


def _table(item: TableItem, value: Value) -> list[list[str]]:
    """Rows of as many cells as there are columns; those in which nothing stands are left out."""
    width = len(item.columns)
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise _unfit(item, f"rows of {width} cells")
    rows = [[cell.strip() for cell in row] for row in value]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise _unfit(item, "at least one row, and there is none")
    if len(rows) > MOST_ROWS:
        raise _unfit(item, f"at most {MOST_ROWS} rows, and there are {len(rows)}")
    for number, row in enumerate(rows, 1):
        if any(row[width:]):
            raise _unfit(item, f"{width} cells in a row ({_listed(item.columns)}), and row {number} has {len(row)}")
    if sum(len(cell) for row in rows for cell in row) > MOST_TEXT:
        raise _unfit(item, f"at most {MOST_TEXT} characters in all")
    return [[*row[:width], *[""] * (width - len(row))] for row in rows]


def _judged_by_hand(item: AutoItem, value: Value) -> Judged:
    """What the machine could not find out, or a person knows better."""
    if value is None or isinstance(value, list):
        raise _unfit(item, f"a figure{f' in {item.unit}' if item.unit else ''}")
    entered = value if isinstance(value, bool) else _text(item, value) if isinstance(value, str) else (
        _finite(item, value))
    fits = True
    for condition in _conditions(item):
        held = condition.holds({condition.name: _compared(item, condition, entered)})
        if held is None:
            raise _unfit(item, _wanted(condition))
        fits = fits and held
    unit = item.unit if isinstance(entered, float) and not isinstance(entered, bool) else ""
    return Judged(_verdict(fits=fits), entered, unit, limit_of(item))


def _compared(item: AutoItem, condition: Condition, value: bool | float | str) -> bool | float | str:
    """A figure in the unit of its condition: `< 24` is of the item's own, `< 24h` of seconds."""
    if isinstance(value, bool | str) or condition.kind == "number":
        return value
    return to_base(value, item.unit)


def _wanted(condition: Condition) -> str:
    return {"text": "words", "bool": "true or false"}.get(condition.kind, "a number")


def _conditions(item: AutoItem) -> list[Condition]:
    """Those of the one figure that can be entered; nobody types the other values of a check."""
    if not item.expect:
        return []
    from opsconsole.health.conditions import parse  # noqa: PLC0415 - few items have one

    return [one for one in map(parse, item.expect) if one.name in (_FIGURE, item.value)]


def read_value(item: Item, text: str) -> Value:
    """A value from what somebody typed: `3.5`, `yes`, `good`; a table has a row in each line, its cells apart by `|`.

    A number may have the decimal comma, separators of thousands and the item's own unit behind it, or one that is
    measured by the same.

    Raises:
        UsageError: it is none; says what the item wants.
    """
    match item:
        case NumberItem():
            return _number(item, text)
        case TextItem():
            return _text(item, text)
        case ChoiceItem():
            return _one_of(item, text, {option: option for option in item.options})
        case YesNoItem():
            return _one_of(item, text, _WORDS, "yes or no")
        case TableItem():
            return [_cells(line) for line in text.splitlines() if line.strip()]
        case AutoItem():
            return _read_by_hand(item, text)
    if text.strip().lower() not in _DONE:
        raise _unfit(item, "no value: it is done, or it is not")
    return None


def _number(item: NumberItem | AutoItem, text: str) -> float:
    whole = isinstance(item, NumberItem) and item.whole
    try:
        return read_figure(text, item.unit, whole=whole)
    except ValueError as problem:
        wants = "a whole number" if whole else "a number"
        raise _unfit(item, f"{wants}{f' in {limited(item.unit, 20)}' if item.unit else ''}", str(problem)) from None


def _one_of(item: Item, text: str, words: dict[str, _KIND], wants: str = "") -> _KIND:
    """What a word stands for, or the only one that begins like this."""
    typed = text.strip()
    if typed in words:
        return words[typed]
    small = typed.casefold()
    found = {word: value for word, value in words.items() if small and word.casefold().startswith(small)}
    exact = {word: value for word, value in found.items() if word.casefold() == small}
    values = list(dict.fromkeys((exact or found).values()))
    if len(values) == 1:
        return values[0]
    if len(values) > 1:
        raise _unfit(item, f"one word, and '{limited(typed, 40)}' can be {_listed(tuple(exact or found))}",
                     "Write more of it.")
    raise _unfit(item, wants or f"one of {_listed(tuple(words))}")


def _cells(line: str) -> list[str]:
    """The cells of a row; as in Markdown it may stand between bars."""
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] == _CELLS:
        line = line[1:-1]
    return [cell.strip() for cell in line.split(_CELLS)]


def _read_by_hand(item: AutoItem, text: str) -> Value:
    kinds = {condition.kind for condition in _conditions(item)} - {"null"}
    if kinds <= {"text"} and kinds:
        return _text(item, text)
    if kinds <= {"bool"} and kinds:
        return _one_of(item, text, _WORDS, "true or false")
    if kinds:
        return _number(item, text)
    try:
        return read_figure(text, item.unit)
    except ValueError:
        return _text(item, text)


def written(value: Value) -> str:
    """A value as `read_value` reads it: what stands in the field when somebody corrects it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(f" {_CELLS} ".join(row) for row in value)
    return value if isinstance(value, str) else figure(value)


def limit_of(item: Item) -> str:
    """The limit of an item as people read it: `0 … 24 h`, `at most 3 s`, `yes`, `good, fair`; empty: there is none."""
    match item:
        case NumberItem():
            return _bounds(item)
        case YesNoItem():
            return "" if item.expect == "either" else item.expect
        case ChoiceItem() if item.fails:
            return ", ".join(option for option in item.options if option not in item.fails)
        case AutoItem():
            return ", ".join(item.expect)
    return ""


def _bounds(item: NumberItem) -> str:
    low, high = item.min, item.max
    unit = f" {item.unit}" if item.unit else ""
    if low is not None and high is not None:
        return f"{figure(low)}{unit}" if low == high else f"{figure(low)} … {figure(high)}{unit}"
    if low is not None:
        return f"at least {figure(low)}{unit}"
    return f"at most {figure(high)}{unit}" if high is not None else ""
