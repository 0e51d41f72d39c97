"""Reads a condition, and explains what is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.core.text import limited
from opsconsole.health.conditions.condition import BODY, ORDERED, SEARCHES, Condition, Op
from opsconsole.health.conditions.literals import NUMBER, NUMBERS, Lit, fitted, read_number
from opsconsole.health.conditions.pattern import PatternError, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 2000
"""Characters of a condition."""
MOST_ITEMS: Final = 100
"""Of a list."""
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.:/@-][A-Za-z0-9_]+)*")
_WORD: Final = re.compile(r"[^\W\d][\w.-]*")
_BODY: Final = re.compile(r"body(?![\w:/@-])")
_KEY: Final = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@-]*")
_INDEX: Final = re.compile(r"-?[0-9]{1,9}")
_SIGN: Final = re.compile(r"[=!<>≠≤≥~&|]+")
_SIGNS: Final[dict[str, Op]] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS: Final[dict[str, Op]] = {"in": "in", "contains": "contains", "matches": "matches"}
_MEANT: Final = {"=": "==", "===": "==", "=<": "<=", "=>": ">=", "<>": "!=", "!==": "!=", "≠": "!=", "≤": "<=",
                 "≥": ">=", "~": "matches", "=~": "matches", "~=": "matches", "is": "==", "equals": "==",
                 "like": "matches", "has": "contains", "includes": "contains", "under": "<", "below": "<", "over": ">",
                 "above": ">"}
_JOINS: Final = {"and", "or", "&&", "||", "&", "|"}
_NAMED: Final = {"true": Lit("bool", True), "false": Lit("bool", False), "null": Lit("null", None)}
_ESCAPES: Final = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_OPS: Final = "==, !=, <, <=, >, >=, in, not in, contains or matches"


class ConditionError(ValueError):
    """A condition cannot be understood.

    Args:
        message: what was expected, or what is wrong.
        text: the condition.
        position: the character where that was seen, from 0.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1} of `{limited(text, 100)}`)")
        self.position = position


def parse(text: str, units: Mapping[str, str] | None = None) -> Condition:
    """A condition from its text; `parse(str(condition), units)` is the same condition.

    Args:
        text: as the settings have it.
        units: the values that there are, each with its unit as in `Check.VALUES`; None allows every name and unit.

    Raises:
        ConditionError: with the place, what was expected there, and the nearest known name.
    """
    return _Reader(text, units).condition()


def mistake(text: str, units: Mapping[str, str] | None = None) -> str:
    """What is wrong with a condition, as the end of a sentence; empty when it is right."""
    try:
        parse(text, units)
    except ConditionError as wrong:
        return str(wrong)
    return ""


class _Reader:
    def __init__(self, text: str, units: Mapping[str, str] | None) -> None:
        self.text, self.units, self.at = text, units, 0
        if len(text) > LONGEST:
            raise ConditionError(f"a condition has at most {LONGEST} characters", text[:LONGEST], LONGEST)

    def wrong(self, message: str, at: int | None = None) -> ConditionError:
        return ConditionError(message, self.text, self.at if at is None else at)

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def peek(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        return found[0] if found else ""

    def condition(self) -> Condition:
        self.skip()
        if self.at == len(self.text):
            raise self.wrong("a condition is missing here; write one such as `latency < 3s`")
        name, path, unit = self.subject()
        self.skip()
        place = self.at
        op = self.operator()
        self.skip()
        want = self.wanted(op, unit, name or "value")
        self.skip()
        self.end()
        if op in ORDERED and unit in {"text", "bool"}:
            raise self.wrong(f"`{name}` is {'a text' if unit == 'text' else 'true or false'} and has no order; "
                             "use == or !=", place)
        if op in SEARCHES and unit not in {"text", ""}:
            raise self.wrong(f"`{name}` is no text; compare it with <, ==, >", place)
        return Condition(name, path, op, want)

    def subject(self) -> tuple[str, tuple[str | int, ...], str]:
        """Name, path in the body, unit; empty where every unit fits."""
        start = self.at
        if self.peek(_BODY) and (self.units is None or BODY in self.units):
            self.at += len(BODY)
            return BODY, self.path(), ""
        if self.peek(_BODY):
            raise self.wrong(f"there is no `body` here{self.known()}")
        if self.text[self.at] in "\"'":
            name = self.string()
        elif (word := self.peek(_WORD)) in _WORDS or word == "not" or self.peek(_SIGN):
            name = "value"
        else:
            name = self.take(NAME)
        if not name:
            raise self.wrong("expected the name of a value, such as `latency`", start)
        unit = "" if self.units is None else _unit(name, self.units)
        if unit is None:
            raise self.wrong(self.unknown(name), start)
        return name, (), unit

    def unknown(self, name: str) -> str:
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

        known = [each for each in self.units or () if not each.endswith("*")]
        return f"there is no value `{limited(name, 60)}`{nearest(name, known) or self.known()}"

    def known(self) -> str:
        names = sorted(self.units or ())
        shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        return f"; there are {shown}" if names else ""

    def path(self) -> tuple[str | int, ...]:
        parts: list[str | int] = []
        while self.at < len(self.text) and self.text[self.at] in ".[":
            inside = self.text[self.at] == "["
            self.at += 1
            if not inside:
                key = self.take(_KEY)
                if not key:
                    raise self.wrong("expected a key after the dot; a number goes in brackets, `[0]`, other keys in "
                                     'brackets and quotes, `["a key"]`')
                parts.append(key)
                continue
            if self.text[self.at:self.at + 1] in {'"', "'"}:
                parts.append(self.string())
            elif number := self.take(_INDEX):
                parts.append(int(number))
            else:
                raise self.wrong('expected a number or a key in quotes, `[0]` or `["key"]`')
            if self.text[self.at:self.at + 1] != "]":
                raise self.wrong("expected `]`")
            self.at += 1
        return tuple(parts)

    def operator(self) -> Op:
        start = self.at
        sign = self.take(_SIGN) or self.take(_WORD)
        if sign in _SIGNS:
            return _SIGNS[sign]
        if sign in _WORDS:
            return _WORDS[sign]
        if sign == "not":
            self.skip()
            if self.take(_WORD) == "in":
                return "not in"
            raise self.wrong("`not` is followed by `in`; the opposite of == is !=, of < is >=", start)
        if sign in _MEANT:
            raise self.wrong(f"expected `{_MEANT[sign]}` in place of `{sign}`", start)
        if not sign and start == len(self.text):
            raise self.wrong(f"the comparison is missing; it begins with {_OPS}", start)
        raise self.wrong(f"expected {_OPS}{f', not `{limited(sign, 40)}`' if sign else ''}", start)

    def wanted(self, op: Op, unit: str, name: str) -> Lit | tuple[Lit, ...]:
        start = self.at
        if op in {"in", "not in"}:
            return self.listing(unit, name)
        if self.text[self.at:self.at + 1] == "[":
            raise self.wrong(f"a list is compared with `in` or `not in`, not `{op}`")
        lit = self.literal(unit, name)
        if op in ORDERED and lit.kind not in NUMBERS:
            raise self.wrong(f"`{op}` compares numbers; use == or !=", start)
        if op == "contains" and lit.kind != "text" and name != BODY:
            raise self.wrong('`contains` needs text in quotes, such as "ok"', start)
        if op == "matches":
            self.check_pattern(lit, start)
        return lit

    def check_pattern(self, lit: Lit, start: int) -> None:
        if not isinstance(lit.value, str):
            raise self.wrong('`matches` needs a regular expression in quotes, such as "ok|ready"', start)
        try:
            compiled(lit.value)
        except PatternError as wrong:
            raise self.wrong(f"the regular expression: {wrong}", start) from None

    def listing(self, unit: str, name: str) -> tuple[Lit, ...]:
        if self.text[self.at:self.at + 1] != "[":
            raise self.wrong("expected a list in brackets, such as [200, 429]")
        self.at += 1
        items: list[Lit] = []
        while True:
            self.skip()
            if self.text[self.at:self.at + 1] == "]" and not items:
                raise self.wrong("the list is empty")
            items.append(self.literal(unit, name))
            if len(items) > MOST_ITEMS:
                raise self.wrong(f"a list has at most {MOST_ITEMS} items")
            self.skip()
            sign = self.text[self.at:self.at + 1]
            if sign not in {",", "]"}:
                raise self.wrong("expected `,` or `]`")
            self.at += 1
            if sign == "]":
                return tuple(items)

    def literal(self, unit: str, name: str) -> Lit:
        start = self.at
        if self.text[self.at:self.at + 1] in {'"', "'"}:
            lit = Lit("text", self.string())
        elif found := NUMBER.match(self.text, self.at):
            self.at = found.end()
            try:
                lit = read_number(found)
            except ValueError as wrong:
                raise self.wrong(f"expected {wrong}, not `{limited(found[0], 40)}`", start) from None
        else:
            lit = self.named(start, unit)
        try:
            return fitted(lit, unit, name)
        except ValueError as wrong:
            raise self.wrong(str(wrong), start) from None

    def named(self, start: int, unit: str) -> Lit:
        word = self.take(_WORD)
        if word in _NAMED:
            return _NAMED[word]
        if word.lower() in _NAMED:
            raise self.wrong(f"write `{word.lower()}` in small letters", start)
        if word in {"None", "nil"}:
            raise self.wrong("write `null`", start)
        if word:
            raise self.wrong(f'text stands in quotes: "{limited(word, 40)}"', start)
        example = {"seconds": "3s", "bytes": "10MB", "percent": "80%", "text": '"ok"', "bool": "true"}.get(unit, "200")
        raise self.wrong(f"expected what it is compared with, such as {example}", start)

    def string(self) -> str:
        start, quote = self.at, self.text[self.at]
        self.at += 1
        made: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == quote:
                self.at += 1
                return "".join(made)
            following = self.text[self.at + 1:self.at + 2]
            if char == "\\" and following in _ESCAPES:
                made.append(_ESCAPES[following])
                self.at += 2
                continue
            made.append(char)
            self.at += 1
        raise self.wrong("the quote that begins here has no end", start)

    def end(self) -> None:
        if self.at == len(self.text):
            return
        word = self.peek(_WORD) or self.peek(_SIGN)
        if word in _JOINS or self.text[self.at] == ",":
            raise self.wrong("one condition has one comparison; write each as an item of its own in the list")
        raise self.wrong(f"expected the end of the condition, not `{limited(self.text[self.at:], 40)}`")


def _unit(name: str, units: Mapping[str, str]) -> str | None:
    """The unit of a value; None when there is none of that name."""
    if name in units and not name.endswith("*"):
        return units[name]
    for known, unit in units.items():
        if known.endswith("*") and name.startswith(known[:-1]) and len(name) >= len(known):
            return unit
    return None
