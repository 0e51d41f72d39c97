"""The kinds of items that a checklist can have."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from opsconsole.checklists.template.base import OnFail, id_mistake
from opsconsole.core.units import Duration

Mistakes = Iterable[tuple[tuple[str, ...], str]]
_VERDICTS: Final = ("ok", "failed", "skipped", "n/a", "answered", "open")
_DEPENDS: Final = re.compile(r"(?P<item>[a-z0-9][a-z0-9._-]*) *(?P<op>==|!=) *(?P<value>[^=!].{0,200})")


class ItemBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every item has, whatever its kind. A kind is a subclass with a tag."""

    id: Annotated[str, Meta(max_length=80, description="Stable: answers belong to it, whatever its title becomes.")]
    title: Annotated[str, Meta(min_length=1, max_length=200, description="What is to be done or looked at.")]
    required: Annotated[bool, Meta(description="Whether the run can only be signed with an answer to it.")] = True
    help: Annotated[str, Meta(max_length=4000, description="How it is done, shown with `h`; Markdown.")] = ""
    link: Annotated[str, Meta(max_length=1000, description="An address to look at.")] = ""
    when: Annotated[str, Meta(
        max_length=300,
        description="Only asked when another item was answered so: `backup == failed`, `status != good`; ok, failed,"
                    " skipped, n/a, answered and open are verdicts, anything else is what was entered.")] = ""
    on_fail: Annotated[OnFail | None, Meta(
        description="What follows when it fails; null: as the template says.")] = None

    @property
    def kind(self) -> str:
        """What the file calls its kind: `tick`."""
        return str(self.__struct_config__.tag)

    @property
    def depends(self) -> tuple[str, str, str] | None:
        """The item that `when` names, `==` or `!=`, and what it is compared with; None: always asked."""
        found = _DEPENDS.fullmatch(self.when.strip()) if self.when else None
        return None if found is None else (found["item"], found["op"], found["value"].strip().strip("\"'"))

    def mistakes(self) -> Mistakes:
        """An id that is none, a `when` that is none. A kind that has mistakes of its own begins with these."""
        if wrong := id_mistake(self.id):
            yield ("id",), wrong
        if self.when and self.depends is None:
            yield ("when",), "it must compare another item, such as `backup == failed`"


class TickItem(ItemBase, frozen=True, kw_only=True, tag="tick"):
    """Done, or as it should be: one key."""


class NumberItem(ItemBase, frozen=True, kw_only=True, tag="number"):
    """A figure that is read and entered; it fails outside its limits."""

    unit: Annotated[str, Meta(max_length=20, description="What stands behind it: `%`, `s`, `jobs`.")] = ""
    min: Annotated[float | None, Meta(description="The least that is fine; null: no limit.")] = None
    max: Annotated[float | None, Meta(description="The most that is fine; null: no limit.")] = None
    whole: Annotated[bool, Meta(description="Whether only whole numbers make sense.")] = False

    def mistakes(self) -> Mistakes:
        """Limits that exclude each other."""
        yield from super().mistakes()
        limits = [one for one in (self.min, self.max) if one is not None]
        if not all(map(math.isfinite, limits)):
            yield ("min" if self.min in limits else "max",), "a limit is a finite number"
        elif len(limits) == 2 and limits[0] > limits[1]:
            yield ("min",), f"`min` is above `max`: no number lies between {limits[0]:g} and {limits[1]:g}"


class TextItem(ItemBase, frozen=True, kw_only=True, tag="text"):
    """Words: it is answered by writing something."""

    lines: Annotated[int, Meta(ge=1, le=20, description="How much is expected; the field is as tall.")] = 1


class ChoiceItem(ItemBase, frozen=True, kw_only=True, tag="choice"):
    """One of some words: good, fair, poor."""

    options: Annotated[tuple[str, ...], Meta(min_length=2, max_length=9, description="The words, best first.")]
    fails: Annotated[tuple[str, ...], Meta(description="Those of them with which the item fails.")] = ()

    def mistakes(self) -> Mistakes:
        """Words twice, and failing ones that cannot be chosen."""
        yield from super().mistakes()
        if len(set(self.options)) < len(self.options):
            yield ("options",), "each word can stand here once"
        for number, word in enumerate(self.options):
            if not 0 < len(word) <= 40:
                yield ("options", str(number)), "a word has 1 to 40 characters"
        for number, word in enumerate(self.fails):
            if word not in self.options:
                yield ("fails", str(number)), f"`{word}` is none of the options"


class YesNoItem(ItemBase, frozen=True, kw_only=True, tag="yesno"):
    """Yes or no; it fails with the one that is not expected."""

    expect: Annotated[Literal["yes", "no", "either"], Meta(description="What is fine.")] = "yes"


class TableItem(ItemBase, frozen=True, kw_only=True, tag="table"):
    """Some rows that are filled in: the top three."""

    columns: Annotated[tuple[str, ...], Meta(min_length=1, max_length=6, description="The headings.")]
    rows: Annotated[int, Meta(ge=1, le=50, description="How many rows are asked for.")] = 3

    def mistakes(self) -> Mistakes:
        """Headings that are empty or too long."""
        yield from super().mistakes()
        for number, word in enumerate(self.columns):
            if not 0 < len(word) <= 40:
                yield ("columns", str(number)), "a heading has 1 to 40 characters"


class EvidenceItem(ItemBase, frozen=True, kw_only=True, tag="evidence"):
    """A file, or what a command printed, has to be there."""

    command: Annotated[tuple[str, ...], Meta(
        max_length=100, description="The command whose output is kept, argument by argument; empty: a file is"
                                    " asked for.")] = ()
    timeout: Annotated[Duration, Meta(
        description="How long the command may take.", extra={"at_least": "1s", "at_most": "10m"})] = Duration(30)


class InstructionItem(ItemBase, frozen=True, kw_only=True, tag="instruction"):
    """Something that is to be done, step by step."""

    steps: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(
        max_length=50, description="The steps, in their order.")] = ()
    runbook: Annotated[str, Meta(max_length=80, description="The runbook that says how; shown as a hint.")] = ""


class AutoItem(ItemBase, frozen=True, kw_only=True, tag="auto"):
    """Something that the machine can know: a check, a metric over the period, a number of tickets, a command.

    It proposes an answer with what it saw; a person confirms it, unless `decide: auto`.
    """

    check: Annotated[str, Meta(max_length=200, description="A check of `checks`: as it stands.")] = ""
    value: Annotated[str, Meta(
        max_length=100, description="The value of the check that is the figure: `latency`; empty: its own.")] = ""
    metric: Annotated[str, Meta(max_length=200, description="A series of the history: `cpu.busy`.")] = ""
    of: Annotated[Literal["last", "mean", "min", "max", "p50", "p95", "p99", "sum"], Meta(
        description="What of the series over the period.")] = "mean"
    over: Annotated[Duration, Meta(
        description="The period, up to now.", extra={"at_least": "1m", "at_most": "400d"})] = Duration(24 * 3600)
    tickets: Annotated[str, Meta(
        max_length=500, description="A filter of the queue; the figure is how many tickets it finds.")] = ""
    command: Annotated[tuple[str, ...], Meta(
        max_length=100, description="A command, argument by argument, run without a shell.")] = ()
    timeout: Annotated[Duration, Meta(
        description="How long the command may take.", extra={"at_least": "1s", "at_most": "10m"})] = Duration(30)
    codes: Annotated[tuple[int, ...], Meta(description="The exit codes with which the command is fine.")] = (0,)
    pattern: Annotated[str, Meta(
        max_length=500, description="A regular expression that must be found in the output; its first group, where it"
                                    " is a number, is the figure.")] = ""
    expect: Annotated[tuple[str, ...], Meta(
        max_length=20, description="Conditions that must hold of the figure: `< 3s`, `== 0`.")] = ()
    unit: Annotated[str, Meta(max_length=20, description="What stands behind the figure.")] = ""
    decide: Annotated[Literal["person", "auto"], Meta(
        description="Whether a person confirms it, or the machine's word counts.")] = "person"

    @property
    def source(self) -> str:
        """`check`, `metric`, `tickets` or `command`; empty: none is named."""
        return next((name for name in ("check", "metric", "tickets", "command") if getattr(self, name)), "")

    def mistakes(self) -> Mistakes:
        """No source or several, conditions and expressions that cannot be understood."""
        yield from super().mistakes()
        named = [name for name in ("check", "metric", "tickets", "command") if getattr(self, name)]
        if len(named) != 1:
            yield ((named[1],) if named else ()), "it needs one of `check`, `metric`, `tickets` and `command`"
        if self.value and not self.check:
            yield ("value",), "this is of a check, and none is named"
        if self.pattern and not self.command:
            yield ("pattern",), "this is for the output of a command, and none is named"
        yield from self._unreadable()

    def _unreadable(self) -> Mistakes:
        if self.pattern:
            from opsconsole.health.conditions.pattern import compiled  # noqa: PLC0415 - few have one

            try:
                compiled(self.pattern)
            except ValueError as problem:
                yield ("pattern",), str(problem)
        if self.expect:
            from opsconsole.health.conditions import ConditionError, parse  # noqa: PLC0415 - as above

            for number, text in enumerate(self.expect):
                try:
                    parse(text)
                except ConditionError as problem:
                    yield ("expect", str(number)), str(problem)


Item = (TickItem | NumberItem | TextItem | ChoiceItem | YesNoItem | TableItem | EvidenceItem | InstructionItem
        | AutoItem)
