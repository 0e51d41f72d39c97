"""The kinds of items that a checklist can have."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from opsconsole.checklists.template.base import OnFail, id_mistake, line_mistake
from opsconsole.core.config import nearest
from opsconsole.core.units import Duration

Mistakes = Iterable[tuple[tuple[str, ...], str]]
_VERDICTS: Final = ("ok", "failed", "skipped", "n/a", "answered", "open")
_DEPENDS: Final = re.compile(r"(?P<item>[a-z0-9][a-z0-9._-]*) *(?P<op>==|!=) *(?P<value>[^=!].{0,200})")

_FIGURE: Final = re.compile(r"[-+]?[0-9.,]*[0-9]")
_TIMEOUT: Final = Duration(30)
_DAY: Final = Duration(24 * 3600)
_SOURCES: Final = ("check", "metric", "tickets", "command")
_OWNERS: Final[dict[str, tuple[str, object]]] = {
    "value": ("check", ""), "of": ("metric", "mean"), "over": ("metric", _DAY), "timeout": ("command", _TIMEOUT),
    "codes": ("command", (0,)), "pattern": ("command", "")}
"""Keys of an automatic item that belong to one source, each with its default."""


class ItemBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every item has, whatever its kind. A kind is a subclass with a tag."""

    _free: ClassVar[bool] = False
    """Whether anything may be entered."""

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
        if wrong := line_mistake(self.title):
            yield ("title",), wrong
        if self.link and (wrong := line_mistake(self.link)):
            yield ("link",), wrong
        if self.when and self.depends is None:
            yield ("when",), "it must compare another item by `==` or `!=`, such as `backup == failed`"

    def never(self, value: str) -> str:
        """Why it cannot be answered so, as half a sentence; empty: it can. What `when` of later items compares with."""
        return "" if self._free or value.lower() in _VERDICTS else self._no_value(value)

    def _no_value(self, value: str) -> str:
        """As `never`, of what is no verdict."""
        return f"a {self.kind} has no value: compare with {', '.join(_VERDICTS)}{nearest(value, _VERDICTS)}"


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
        if self.unit and (wrong := line_mistake(self.unit)):
            yield ("unit",), wrong
        low, high = self.min, self.max
        for name, limit in (("min", low), ("max", high)):
            if limit is not None and not math.isfinite(limit):
                yield (name,), "a limit is a finite number; leave it out where there is none"
        if low is not None and high is not None and low > high:
            yield ("min",), f"`min` is above `max`: no number lies between {low:g} and {high:g}"
        elif self.whole and low is not None and high is not None and math.isfinite(low) and math.ceil(low) > high:
            yield ("whole",), f"no whole number lies between {low:g} and {high:g}"

    def _no_value(self, value: str) -> str:
        if _FIGURE.match(value):
            return ""
        return f"`{self.id}` is a number: compare with one, or with {', '.join(_VERDICTS)}{nearest(value, _VERDICTS)}"


class TextItem(ItemBase, frozen=True, kw_only=True, tag="text"):
    """Words: it is answered by writing something."""

    _free: ClassVar[bool] = True

    lines: Annotated[int, Meta(ge=1, le=20, description="How much is expected; the field is as tall.")] = 1


class ChoiceItem(ItemBase, frozen=True, kw_only=True, tag="choice"):
    """One of some words: good, fair, poor."""

    options: Annotated[tuple[str, ...], Meta(min_length=2, max_length=9, description="The words, best first.")]
    fails: Annotated[tuple[str, ...], Meta(description="Those of them with which the item fails.")] = ()

    def mistakes(self) -> Mistakes:
        """Words twice, and failing ones that cannot be chosen."""
        yield from super().mistakes()
        seen: set[str] = set()
        for number, word in enumerate(self.options):
            place = ("options", str(number))
            if wrong := _word_mistake(word, "a word"):
                yield place, wrong
            elif word.lower() in seen:
                yield place, f"`{word}` stands here already; each word can be there once"
            seen.add(word.lower())
        for number, word in enumerate(self.fails):
            if word not in self.options:
                yield ("fails", str(number)), f"`{word}` is none of the options{nearest(word, self.options)}"
        if set(self.options) <= set(self.fails):
            yield ("fails",), "with every word it would fail; leave out those that are fine"

    def _no_value(self, value: str) -> str:
        known = (*self.options, *_VERDICTS)
        if value.lower() in map(str.lower, known):
            return ""
        return f"`{self.id}` has the words {', '.join(self.options)}, and not `{value}`{nearest(value, known)}"


class YesNoItem(ItemBase, frozen=True, kw_only=True, tag="yesno"):
    """Yes or no; it fails with the one that is not expected."""

    expect: Annotated[Literal["yes", "no", "either"], Meta(description="What is fine.")] = "yes"

    def _no_value(self, value: str) -> str:
        if value.lower() in ("yes", "no"):
            return ""
        return f"`{self.id}` is answered by yes or no, and not by `{value}`{nearest(value, _VERDICTS)}"


class TableItem(ItemBase, frozen=True, kw_only=True, tag="table"):
    """Some rows that are filled in: the top three."""

    columns: Annotated[tuple[str, ...], Meta(min_length=1, max_length=6, description="The headings.")]
    rows: Annotated[int, Meta(ge=1, le=50, description="How many rows are asked for.")] = 3

    def mistakes(self) -> Mistakes:
        """Headings that are empty or too long."""
        yield from super().mistakes()
        for number, word in enumerate(self.columns):
            if wrong := _word_mistake(word, "a heading"):
                yield ("columns", str(number)), wrong


class EvidenceItem(ItemBase, frozen=True, kw_only=True, tag="evidence"):
    """A file, or what a command printed, has to be there."""

    command: Annotated[tuple[str, ...], Meta(
        max_length=100, description="The command whose output is kept, argument by argument; empty: a file is"
                                    " asked for.")] = ()
    timeout: Annotated[Duration, Meta(
        description="How long the command may take.", extra={"at_least": "1s", "at_most": "10m"})] = _TIMEOUT

    def mistakes(self) -> Mistakes:
        """A command that has no name."""
        yield from super().mistakes()
        yield from _command_mistakes(self.command)
        if self.timeout != _TIMEOUT and not self.command:
            yield ("timeout",), "this is of a `command`, and none is given"


class InstructionItem(ItemBase, frozen=True, kw_only=True, tag="instruction"):
    """Something that is to be done, step by step."""

    steps: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(
        max_length=50, description="The steps, in their order.")] = ()
    runbook: Annotated[str, Meta(max_length=80, description="The runbook that says how; shown as a hint.")] = ""

    def mistakes(self) -> Mistakes:
        """Steps that say nothing."""
        yield from super().mistakes()
        for number, step in enumerate(self.steps):
            if not step.strip():
                yield ("steps", str(number)), "a step says what to do; leave out those that are empty"


class AutoItem(ItemBase, frozen=True, kw_only=True, tag="auto"):
    """Something that the machine can know: a check, a metric over the period, a number of tickets, a command.

    It proposes an answer with what it saw; a person confirms it, unless `decide: auto`.
    """

    _free: ClassVar[bool] = True

    check: Annotated[str, Meta(max_length=200, description="A check of `checks`: as it stands.")] = ""
    value: Annotated[str, Meta(
        max_length=100, description="The value of the check that is the figure: `latency`; empty: its own.")] = ""
    metric: Annotated[str, Meta(max_length=200, description="A series of the history: `cpu.busy`.")] = ""
    of: Annotated[Literal["last", "mean", "min", "max", "p50", "p95", "p99", "sum"], Meta(
        description="What of the series over the period.")] = "mean"
    over: Annotated[Duration, Meta(
        description="The period, up to now.", extra={"at_least": "1m", "at_most": "400d"})] = _DAY
    tickets: Annotated[str, Meta(
        max_length=500, description="A filter of the queue; the figure is how many tickets it finds.")] = ""
    command: Annotated[tuple[str, ...], Meta(
        max_length=100, description="A command, argument by argument, run without a shell.")] = ()
    timeout: Annotated[Duration, Meta(
        description="How long the command may take.", extra={"at_least": "1s", "at_most": "10m"})] = _TIMEOUT
    codes: Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(
        min_length=1, max_length=256, description="The exit codes with which the command is fine.")] = (0,)
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
        return next((name for name in _SOURCES if getattr(self, name)), "")

    def mistakes(self) -> Mistakes:
        """No source or several, conditions and expressions that cannot be understood."""
        yield from super().mistakes()
        named = [name for name in _SOURCES if getattr(self, name)]
        if not named:
            yield (), "say what the machine is to look at: one of `check`, `metric`, `tickets` and `command`"
        elif len(named) > 1:
            yield (named[1],), f"it has its answer from `{named[0]}` already; make an item of its own of this"
        else:
            yield from self._foreign(named[0])
        if self.unit and (wrong := line_mistake(self.unit)):
            yield ("unit",), wrong
        yield from _command_mistakes(self.command)
        yield from self._unreadable()

    def _foreign(self, source: str) -> Mistakes:
        """Keys of another source than the one that is named, and what the machine is to decide by."""
        for key, (owner, default) in _OWNERS.items():
            if owner != source and getattr(self, key) != default:
                yield (key,), f"this is of `{owner}`, and the item has `{source}`; leave it out"
        if self.decide == "auto" and source in ("metric", "tickets") and not self.expect:
            yield ("decide",), "say in `expect` what is fine, as `< 80%`: a figure alone decides nothing"

    def _unreadable(self) -> Mistakes:
        if self.tickets:
            from opsconsole.tickets.filters import filter_mistake  # noqa: PLC0415 - few have one

            if wrong := filter_mistake(self.tickets):
                yield ("tickets",), wrong
        if self.pattern:
            from opsconsole.health.conditions.pattern import compiled  # noqa: PLC0415 - as above

            try:
                compiled(self.pattern)
            except ValueError as problem:
                yield ("pattern",), str(problem)
        if self.expect:
            from opsconsole.health.conditions import ConditionError, parse  # noqa: PLC0415 - as above

            # A check has more values than its figure; of the others there is nothing else to compare.
            units = {"value": "number"} if self.tickets else None
            for number, text in enumerate(self.expect):
                try:
                    condition = parse(text, units)
                except ConditionError as problem:
                    yield ("expect", str(number)), str(problem)
                else:
                    if self.metric and condition.name != "value":
                        yield ("expect", str(number)), (
                            "a metric has one figure: write the condition without a name, as `< 80%`")


def _word_mistake(text: str, what: str) -> str:
    """Why a text is no option and no heading of a table; empty: it is one."""
    return line_mistake(text) or ("" if len(text) <= 40 else f"{what} has at most 40 characters, and this {len(text)}")


def _command_mistakes(command: tuple[str, ...]) -> Mistakes:
    if command and not command[0].strip():
        yield ("command", "0"), "the first one is the program, as `df`, and here is none"


Item = (TickItem | NumberItem | TextItem | ChoiceItem | YesNoItem | TableItem | EvidenceItem | InstructionItem
        | AutoItem)
