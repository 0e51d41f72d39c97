"""What an entered value means for an item: its verdict, and the limit in force; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.checklists.model import Value, Verdict

if TYPE_CHECKING:
    from opsconsole.checklists.template import Item


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
    raise NotImplementedError


def read_value(item: Item, text: str) -> Value:
    """A value from what somebody typed: `3.5`, `yes`, `good`; a table has a row in each line, its cells apart by `|`.

    A number may have the decimal comma, separators of thousands and the item's own unit behind it.

    Raises:
        UsageError: it is none; says what the item wants.
    """
    raise NotImplementedError


def limit_of(item: Item) -> str:
    """The limit of an item as people read it: `0 … 24 h`, `at most 3 s`, `yes`, `good, fair`; empty: there is none."""
    raise NotImplementedError
