"""A whole template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from opsconsole.checklists.model.words import Catch, Category, Holiday
from opsconsole.checklists.template.base import Group, OnFail, id_mistake, line_mistake
from opsconsole.checklists.template.items import Item
from opsconsole.checklists.template.when import When
from opsconsole.core.config import nearest
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

    def mistakes(self) -> Mistakes:
        """A heading that is none."""
        if wrong := line_mistake(self.title):
            yield ("title",), wrong


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

    def mistakes(self) -> Mistakes:
        """A second person who is not asked for."""
        if self.persons == 1 and self.role is not Role.OPERATOR:
            yield ("role",), "this is of the second person; say `persons: 2` too, or leave it out"


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
        """Ids that come twice; a `when` that names no item before it, or a value that it cannot have."""
        if wrong := line_mistake(self.title):
            yield ("title",), wrong
        if self.slug and (wrong := id_mistake(self.slug)):
            yield ("slug",), wrong
        for number, slug in enumerate(self.follows):
            if wrong := id_mistake(slug):
                yield ("follows", str(number)), f"it must be the slug of a checklist: {wrong}"
            elif slug in self.follows[:number]:
                yield ("follows", str(number)), f"`{slug}` stands here already; leave it out"
        yield from self._of_items()
        if self.slug:
            yield from self.of_itself()

    def _of_items(self) -> Mistakes:
        seen: dict[str, Item] = {}
        every = [item.id for item in self.items()]
        for place, item in self.placed():
            if item.id in seen:
                yield (*place, "id"), (f"the id `{item.id}` is that of `{seen[item.id].title}` already; give one of"
                                       " them another one")
            if item.depends is not None:
                name, _, value = item.depends
                if name in seen:
                    if wrong := seen[name].never(value):
                        yield (*place, "when"), wrong
                elif name in every:
                    yield (*place, "when"), f"`{name}` is not before this item; move one of them"
                else:
                    yield (*place, "when"), f"`{name}` is the id of no item{nearest(name, seen)}"
            seen.setdefault(item.id, item)

    def of_itself(self) -> Mistakes:
        """What only a template that knows its slug can see: that it starts itself, for ever."""
        parts: list[tuple[tuple[str, ...], OnFail]] = [(("on_fail",), self.on_fail)]
        parts += [((*place, "on_fail"), item.on_fail) for place, item in self.placed() if item.on_fail is not None]
        for place, follows in parts:
            if follows.run == self.slug:
                yield (*place, "run"), "it would start itself again and again; name another checklist"

    def placed(self) -> Iterator[tuple[tuple[str, ...], Item]]:
        """All items in their order, each with the path of its place in the file."""
        for part, section in enumerate(self.sections):
            for number, item in enumerate(section.items):
                yield ("sections", str(part), "items", str(number)), item


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
