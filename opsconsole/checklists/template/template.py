"""A whole template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from opsconsole.checklists.model.words import Catch, Category, Holiday
from opsconsole.checklists.template.base import Group, OnFail, id_mistake
from opsconsole.checklists.template.items import Item
from opsconsole.checklists.template.when import When
from opsconsole.core.identity import Role
from opsconsole.core.units import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.checklists.template.base import Mistakes


class Section(Group, frozen=True, kw_only=True):
    """Some items under one heading."""

    title: Annotated[str, Meta(min_length=1, max_length=80, description="The heading.")]
    help: Annotated[str, Meta(max_length=1000, description="A line below it.")] = ""
    items: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=300, description="What is to be done.")]


class Who(Group, frozen=True, kw_only=True):
    """Whose it is."""

    role: Annotated[Role, Meta(description="The least role that may answer.")] = Role.OPERATOR
    rotation: Annotated[str, Meta(
        max_length=80, description="The rotation of `notify.rotations` whose turn it is; it is told when the run is"
                                   " late; empty: everybody's.")] = ""
    team: Annotated[str, Meta(max_length=80, description="The team of `tickets.teams` whose it is; empty: none.")] = ""


class SignOff(Group, frozen=True, kw_only=True):
    """Who puts their name under it."""

    persons: Annotated[int, Meta(ge=1, le=2, description="One, or two, of which the second one did not answer.")] = 1
    role: Annotated[Role, Meta(description="The least role of the second person.")] = Role.OPERATOR


class Template(Group, frozen=True, kw_only=True):
    """One checklist."""

    title: Annotated[str, Meta(min_length=1, max_length=80, description="What it is called.")]
    slug: Annotated[str, Meta(max_length=80, description="Its short name for commands; empty: that of the file.")] = ""
    category: Annotated[Category, Meta(description="What kind of round it is.")] = Category.OTHER
    purpose: Annotated[str, Meta(max_length=1000, description="What it is for.")] = ""
    takes: Annotated[Duration | None, Meta(
        description="How long it should take; null: nobody knows.", extra={"at_most": "30d"})] = None
    when: Annotated[When, Meta(description="When it is due.")] = When()
    who: Annotated[Who, Meta(description="Whose it is.")] = Who()
    sign_off: Annotated[SignOff, Meta(description="Who puts their name under it.")] = SignOff()
    on_holiday: Annotated[Holiday, Meta(
        description="On a day on which nobody is at work: run, skip, before or after.")] = Holiday.RUN
    calendar: Annotated[str, Meta(
        max_length=80, description="The calendar of `tickets.calendars` that knows those days; empty: that of"
                                   " `checklists.calendar`.")] = ""
    catch_up: Annotated[Catch, Meta(
        description="What becomes of occurrences that came while nothing was running: latest, all or"
                    " none.")] = Catch.LATEST
    follows: Annotated[tuple[str, ...], Meta(
        max_length=10, description="The slugs of checklists whose open points are shown at the beginning.")] = ()
    defer: Annotated[bool, Meta(
        description="Whether it can be put off while an emergency goes on.")] = True
    on_fail: Annotated[OnFail, Meta(
        description="What follows when an item fails that does not say it itself.")] = OnFail()
    sections: Annotated[tuple[Section, ...], Meta(min_length=1, max_length=50, description="The items, in groups.")]

    def items(self) -> Iterator[Item]:
        """All items in their order."""
        for section in self.sections:
            yield from section.items

    def item(self, item_id: str) -> Item | None:
        """An item by its id; None: there is none."""
        return next((item for item in self.items() if item.id == item_id), None)

    def on_fail_of(self, item: Item) -> OnFail:
        """What follows when this item fails."""
        return self.on_fail if item.on_fail is None else item.on_fail

    def mistakes(self) -> Mistakes:
        """Ids that come twice; a `when` that names no item before it."""
        if self.slug and (wrong := id_mistake(self.slug)):
            yield ("slug",), wrong
        seen: dict[str, str] = {}
        for part, section in enumerate(self.sections):
            for number, item in enumerate(section.items):
                place = ("sections", str(part), "items", str(number))
                if item.id in seen:
                    yield (*place, "id"), f"the id `{item.id}` is that of `{seen[item.id]}` already"
                depends = item.depends
                if depends is not None and depends[0] not in seen:
                    yield (*place, "when"), f"`{depends[0]}` is the id of no item before this one"
                seen.setdefault(item.id, item.title)


def encoded(template: Template) -> bytes:
    """A template as it is pinned: JSON, always the same bytes for the same template."""
    return msgspec.json.encode(template, enc_hook=str, order="deterministic")


def decoded(data: bytes | str) -> Template:
    """A pinned template.

    Raises:
        ValueError: these bytes are none.
    """
    return msgspec.json.decode(data, type=Template, dec_hook=_made)


def _made(kind: type, value: object) -> object:
    return ZoneInfo(str(value)) if kind is ZoneInfo else kind.parse(value)  # type: ignore[attr-defined]
