"""What all parts of a template share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterable

    Mistakes = Iterable[tuple[tuple[str, ...], str]]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
ID_WORDS: Final = "small letters, digits, `-`, `_` and `.`, at most 80 of them, such as `backup-age`"


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of every part of a template."""


_LINES: Final = re.compile("[\n\t\x85\u2028\u2029]")
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def line_mistake(text: str) -> str:
    """Why a text is no heading, as half a sentence; empty: it is one."""
    if not text.strip():
        return "it must be text, and not only spaces"
    if _LINES.search(text):
        return "it must be one line, without tabs"
    if found := _TURNING.search(text):
        return f"here is U+{ord(found[0]):04X}, which turns the direction of the text around it; remove it"
    return ""


def id_mistake(text: str) -> str:
    """Why a text is no id, as half a sentence; empty: it is one."""
    return "" if _ID.fullmatch(text) else f"an id is {ID_WORDS}"


class OnFail(Group, frozen=True, kw_only=True):
    """What follows when an item fails. With nothing said, whoever walks is asked."""

    ticket: Annotated[bool, Meta(
        description="Whether a ticket is opened at once, or joined where one about this item is open.")] = False
    category: Annotated[str, Meta(
        max_length=80, description="The category of that ticket, of `tickets.categories`; empty: the first one.")] = ""
    priority: Annotated[str, Meta(
        max_length=20, description="Its priority, urgent to low; empty: that of the category.")] = ""
    escalate: Annotated[str, Meta(
        max_length=80, description="The ladder of `notify.ladders` that is climbed at once; empty: none.")] = ""
    severity: Annotated[str, Meta(
        max_length=20, description="How loud the ladder is: critical, warning or info.")] = "critical"
    run: Annotated[str, Meta(
        max_length=80, description="The slug of another checklist that is started; empty: none.")] = ""

    def mistakes(self) -> Mistakes:
        """Words that are no priority or no severity; a severity of nothing; a slug that is none."""
        if self.priority not in ("", "urgent", "high", "medium", "low"):
            yield ("priority",), f"it must be urgent, high, medium or low, not `{self.priority}`"
        if self.severity not in ("critical", "warning", "info"):
            yield ("severity",), f"it must be critical, warning or info, not `{self.severity}`"
        elif self.severity != "critical" and not self.escalate:
            yield ("severity",), "this is how loud a ladder is; name the ladder in `escalate`, or leave this out"
        if self.run and (wrong := id_mistake(self.run)):
            yield ("run",), f"it must be the slug of a checklist: {wrong}"
