"""One comparison of a value with what must be."""

from __future__ import annotations

import operator
import re
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from opsconsole.core.text import limited
from opsconsole.health.conditions.literals import NUMBERS, Lit, quoted, show_value
from opsconsole.health.conditions.pattern import TooMuchWork, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = None | bool | float | str
"""What is measured; numbers are in base units: seconds, bytes, per cent, per second."""
Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "matches"]

BODY: Final = "body"
SEARCHES: Final = frozenset({"contains", "matches"})
MOST_JSON: Final = 4 * 1024 * 1024
"""Bytes of a body that are read as JSON; reading them takes 50 ms."""
MOST_MATCHED: Final = 1024 * 1024
"""Bytes of a text in which a pattern is looked for."""
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.:/@-][A-Za-z0-9_]+)*")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@-]*")
_WORDS: Final = frozenset({"in", "not", "contains", "matches"})
_ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ORDERED: Final = frozenset(_ORDER)


class Tested(NamedTuple):
    """Whether a condition holds; None where that is not known. `why` says it for people unless it holds."""

    holds: bool | None
    why: str = ""


class Body:
    """What a service answered; read as JSON at most once, when first asked for a part."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: it is no JSON.
        """
        import msgspec  # noqa: PLC0415 - few conditions look into a body

        try:
            return msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, RecursionError) as problem:
            raise ValueError(str(problem)) from None

    def part(self, path: tuple[str | int, ...]) -> Any:
        """A part of the JSON; None where there is none.

        Raises:
            ValueError: the body is no JSON.
        """
        at = self.json
        for key in path:
            if isinstance(key, int) and isinstance(at, list):
                at = at[key] if -len(at) <= key < len(at) else None
            else:
                at = at.get(key) if isinstance(at, dict) else None
        return at


class Condition(NamedTuple):
    """`name op want`; made by `parse`, equal when the canonical texts are."""

    name: str
    path: tuple[str | int, ...]
    """The part of the body; empty for all else."""
    op: Op
    want: Lit | tuple[Lit, ...]

    def __str__(self) -> str:
        return f"{self.subject} {self.op} {self._wanted()}"

    @property
    def text(self) -> str:
        """The canonical text."""
        return str(self)

    @property
    def subject(self) -> str:
        """What is compared, as it is written: `latency`, `body.items[0].id`."""
        if self.name == BODY:
            return BODY + "".join(map(_step, self.path))
        plain = _PLAIN_NAME.fullmatch(self.name) and self.name not in _WORDS and not _hides_body(self.name)
        return self.name if plain else quoted(self.name)

    @property
    def limit(self) -> str:
        """What stands beside a figure: `< 3 s`, `in [200, 429]`."""
        return f"{self.op} {self._wanted(shown=True)}"

    @property
    def kind(self) -> str:
        """The kind of the literal, which is the unit of the value."""
        return self.want.kind if isinstance(self.want, Lit) else self.want[0].kind

    def _wanted(self, *, shown: bool = False) -> str:
        if isinstance(self.want, Lit):
            return self.want.shown if shown else str(self.want)
        return f"[{', '.join(lit.shown if shown else str(lit) for lit in self.want)}]"

    def holds(self, values: Mapping[str, Value], body: bytes | Body | None = None) -> bool | None:
        """Whether it is so; None when the value is not known.

        Args:
            values: by name, in base units.
            body: what the service answered; None where nothing is known of it.
        """
        return self.test(values, body).holds

    def test(self, values: Mapping[str, Value], body: bytes | Body | None = None) -> Tested:
        """The same, with the reason."""
        if self.name == BODY:
            return self._test_body(Body(body) if isinstance(body, bytes) else body)
        found = values.get(self.name)
        if isinstance(found, float) and not isfinite(found):
            found = None
        if found is None and self.kind != "null":
            return Tested(None, f"{self._title} is not known")
        return self._judged(found, in_body=False)

    def _test_body(self, body: Body | None) -> Tested:
        if body is None:
            return Tested(None, "the body is not known")
        if self.path:
            if len(body.raw) > MOST_JSON:
                return Tested(None, f"the body is larger than {MOST_JSON >> 20} MiB, too large to look into")
            try:
                found = body.part(self.path)
            except ValueError:
                return Tested(False, "the body is not JSON")
            return self._judged(found, in_body=True)
        if self.op == "contains" and isinstance(self.want, Lit):
            sought = str(self.want.value).encode("utf-8", "surrogateescape")
            return Tested(True) if sought in body.raw else Tested(False, self._why(None))
        if self.op == "matches" and len(body.raw) > MOST_MATCHED:
            found_early = self._judged(_text(body.raw[:MOST_MATCHED]), in_body=True)
            return found_early if found_early.holds else Tested(
                None, f"the first {MOST_MATCHED >> 20} MiB of the body do not match, and no more is looked at")
        if len(body.raw) > MOST_JSON:
            return Tested(None, f"the body is larger than {MOST_JSON >> 20} MiB, too large to compare")
        text = _text(body.raw)
        return self._judged(text if self.op in SEARCHES else text.strip(), in_body=True)

    def _judged(self, found: Any, *, in_body: bool) -> Tested:
        try:
            holds = self._compare(found)
        except TooMuchWork:
            return Tested(None, f"{self._title}: the regular expression takes too long on this text")
        if holds is None:
            # A body of an unexpected form is a wrong answer; a value of an unexpected type is not known.
            return Tested(False if in_body else None, self._why(found))
        return Tested(True) if holds else Tested(False, self._why(found))

    def _compare(self, found: Any) -> bool | None:
        """None where the two are of types that have no order, or cannot be searched."""
        if not isinstance(self.want, Lit):
            among = any(_equal(found, lit) for lit in self.want)
            return among if self.op == "in" else not among
        if self.op in {"==", "!="}:
            return _equal(found, self.want) is (self.op == "==")
        if self.op == "contains":
            if isinstance(found, list):
                return any(_equal(item, self.want) for item in found)
            return str(self.want.value) in found if isinstance(found, str) and self.want.kind == "text" else None
        if self.op == "matches":
            return compiled(str(self.want.value)).found_in(found[:MOST_MATCHED]) if isinstance(found, str) else None
        limit: Any = self.want.base
        return _ORDER[self.op](found, limit) if _is_number(found) else None

    @property
    def _title(self) -> str:
        return limited(self.subject, 80)

    def _why(self, found: Any) -> str:
        if self.op == "contains":
            return f"{self._title} does not contain {self._wanted(shown=True)}"
        if self.op == "matches":
            return f"{self._title} does not match {self._wanted(shown=True)}"
        shown = _described(found) if isinstance(found, list | dict) else show_value(found, self.kind)
        if self.op == "==" and isinstance(found, str) and self.kind == "text" and not found:
            shown = "is empty"
        return f"{self._title} {shown}, should be {limited(self._should(), 120)}"

    def _should(self) -> str:
        wanted = self._wanted(shown=True)
        match self.op:
            case "==":
                return wanted
            case "!=":
                return f"other than {wanted}"
            case "in":
                return f"one of {wanted[1:-1]}"
            case "not in":
                return f"none of {wanted[1:-1]}"
        return self.limit


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{quoted(key)}]"


def _hides_body(name: str) -> bool:
    return re.match(r"body(?![\w:/@-])", name) is not None


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _equal(found: Any, lit: Lit) -> bool:
    if lit.kind in NUMBERS:
        return _is_number(found) and found == lit.base
    if lit.kind == "null":
        return found is None
    return type(found) is type(lit.value) and found == lit.value


def _described(found: Any) -> str:
    return f"is a list of {len(found)}" if isinstance(found, list) else "is an object"
