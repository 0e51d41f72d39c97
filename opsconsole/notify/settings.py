"""The part of the configuration that says who is told what, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Secret, TimeOfDay
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    Mistakes = Iterable[tuple[tuple[str, ...], str]]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LOG = "log"
"""The channel that is always there."""


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of everything here."""


class Channel(_Settings, frozen=True, kw_only=True, tag_field="kind"):
    """A way to tell somebody something."""

    timeout: Annotated[Duration, Meta(
        description="How long one message may take.", extra={"at_least": "1s", "at_most": "5m"})] = Duration(30)
    instead: Annotated[str, Meta(
        description="The channel that is used where this one has failed for `instead_after`; empty: none.")] = ""
    instead_after: Annotated[Duration, Meta(
        description="How long this channel is tried before the other one is used.",
        extra={"at_least": "0s", "at_most": "48h"})] = Duration(600)


class AppriseChannel(Channel, frozen=True, kw_only=True, tag="apprise"):
    """Anything that an Apprise URL can say: mail, chat, pagers, short messages, webhooks."""

    url: Annotated[Secret, Meta(
        description="The place of the Apprise URL, as `${MAIL_URL}` or `file:/path`; it holds a password.")]


class ExecChannel(Channel, frozen=True, kw_only=True, tag="exec"):
    """A program that gets each message as JSON on its standard input."""

    command: Annotated[tuple[str, ...], Meta(
        min_length=1, description="The program and its arguments; no shell reads them.")]
    env: Annotated[dict[str, str], Meta(description="Further environment variables.")] = msgspec.field(
        default_factory=dict)
    secrets: Annotated[dict[str, Secret], Meta(
        description="Further environment variables, by the place of their value, which is a secret.",
    )] = msgspec.field(default_factory=dict)

    def mistakes(self) -> Mistakes:
        """Names that no environment variable can have, and an empty program."""
        if not self.command[0]:
            yield ("command", "0"), "the program has no name"
        for key, names in (("env", self.env), ("secrets", self.secrets)):
            for name in names:
                if not name or "=" in name or not name.isprintable():
                    yield (key, name), "this cannot be the name of an environment variable"


class LogChannel(Channel, frozen=True, kw_only=True, tag="log"):
    """The program's own log; it never waits and is never too much."""


Channels = dict[str, AppriseChannel | ExecChannel | LogChannel]


class BusinessHours(_Settings, frozen=True, kw_only=True):
    """When people are at work."""

    days: Annotated[tuple[Day, ...], Meta(min_length=1, description="The days of the week.")] = (
        "mon", "tue", "wed", "thu", "fri")
    from_: Annotated[TimeOfDay, Meta(description="When the day begins.")] = msgspec.field(
        name="from", default=TimeOfDay(9 * 60))
    to: Annotated[TimeOfDay, Meta(description="When it ends; 00:00 is midnight.")] = TimeOfDay(17 * 60)
    holidays: Annotated[tuple[str, ...], Meta(
        description="Dates on which nobody is at work: `2026-12-25`, or `12-25` for every year.")] = ()

    def mistakes(self) -> Mistakes:
        """A day that ends before it begins, and holidays that are no dates."""
        if self.to and self.to <= self.from_:
            yield ("to",), f"the day must end after it begins, at {self.from_}"
        from opsconsole.notify.moments import read_holiday  # noqa: PLC0415 - dates stand in few files

        for number, text in enumerate(self.holidays):
            try:
                read_holiday(text)
            except ValueError as problem:
                yield ("holidays", str(number)), f"it must be {problem}, not `{text}`"


class Quiet(_Settings, frozen=True, kw_only=True):
    """When somebody is not to be disturbed; what is not loud enough waits until the end."""

    from_: Annotated[TimeOfDay, Meta(description="When it begins.")] = msgspec.field(name="from")
    to: Annotated[TimeOfDay, Meta(description="When it ends; before the beginning: on the next day.")]
    but: Annotated[tuple[Severity, ...], Meta(description="Severities that are told all the same.")] = (
        Severity.CRITICAL,)
    zone: Annotated[ZoneInfo | None, Meta(description="The time zone; null: that of `notify`.")] = None


class Contact(_Settings, frozen=True, kw_only=True):
    """Somebody who can be told, or several who share a way to be told."""

    name: Annotated[str, Meta(description="Their name, for people; empty: as the key.")] = ""
    channels: Annotated[tuple[str, ...], Meta(min_length=1, description="All of these are used.")]
    after_hours: Annotated[tuple[str, ...] | None, Meta(
        description="The channels outside business hours; null: the same.")] = None
    quiet: Annotated[Quiet | None, Meta(description="When they are not to be disturbed.")] = None


class Layer(_Settings, frozen=True, kw_only=True):
    """People who take turns; a layer holds where a later one does not."""

    people: Annotated[tuple[str, ...], Meta(min_length=1, description="Contacts, in the order of their turns.")]
    turn: Annotated[Literal["daily", "weekly"], Meta(description="How long a turn is.")] = "weekly"
    length: Annotated[int, Meta(ge=1, le=52, description="How many days or weeks one turn has.")] = 1
    starts: Annotated[str, Meta(
        description="When turns change, `monday 09:00` or `09:00`; or the moment of the first turn, before which this"
                    " layer does not hold: `2026-03-02 09:00`.")] = "monday 09:00"
    ends: Annotated[str, Meta(description="When this layer ceases to hold: `2026-04-01 09:00`; empty: never.")] = ""
    hours: Annotated[Literal["always", "business", "after", "weeknights", "offdays"], Meta(
        description="When it holds: always; in business hours; outside them; outside them on days that have some; on"
                    " days that have none.")] = "always"
    days: Annotated[tuple[Day, ...], Meta(description="Only on these days; none: on all.")] = ()
    from_: Annotated[TimeOfDay | None, Meta(description="Only from this time of day.")] = msgspec.field(
        name="from", default=None)
    to: Annotated[TimeOfDay | None, Meta(
        description="Only until this time of day; not after `from`: on the next day.")] = None
    zone: Annotated[ZoneInfo | None, Meta(description="The time zone; null: that of the rotation.")] = None

    def mistakes(self) -> Mistakes:
        """Moments that are none, and half a span of hours."""
        from opsconsole.notify.moments import read_moment, read_start  # noqa: PLC0415 - as above

        starts = None
        try:
            starts = read_start(self.starts)
        except ValueError as problem:
            yield ("starts",), f"it must be {problem}, not `{self.starts}`"
        if self.ends:
            try:
                ends = read_moment(self.ends)
            except ValueError as problem:
                yield ("ends",), f"it must be {problem}, not `{self.ends}`"
            else:
                if starts is not None and starts.bound and ends <= starts.anchor:
                    yield ("ends",), "it must be later than `starts`"
        if (self.from_ is None) != (self.to is None):
            yield ("from" if self.to is None else "to",), "`from` and `to` belong together"


class Span(_Settings, frozen=True, kw_only=True):
    """From one moment to another, in the rotation's zone."""

    from_: Annotated[str, Meta(description="When it begins: `2026-03-02 09:00` or `2026-03-02`.")] = msgspec.field(
        name="from")
    to: Annotated[str, Meta(description="When it ends.")]

    def mistakes(self) -> Mistakes:
        """Moments that are none, or in the wrong order."""
        from opsconsole.notify.moments import read_moment  # noqa: PLC0415 - as above

        found = {}
        for key, text in (("from", self.from_), ("to", self.to)):
            try:
                found[key] = read_moment(text)
            except ValueError as problem:
                yield (key,), f"it must be {problem}, not `{text}`"
        if len(found) == 2 and found["to"] <= found["from"]:
            yield ("to",), "it must be later than `from`"


class Override(Span, frozen=True, kw_only=True):
    """Somebody stands in for whoever has the turn; a later one in the list counts more."""

    person: Annotated[str, Meta(description="The contact who stands in.")]


class Swap(Span, frozen=True, kw_only=True):
    """Two people exchange their turns."""

    between: Annotated[tuple[str, str], Meta(description="The two contacts.")]


class Rotation(_Settings, frozen=True, kw_only=True):
    """Who is on call."""

    layers: Annotated[tuple[Layer, ...], Meta(min_length=1, description="From the lowest to the one that counts most.")]
    overrides: Annotated[tuple[Override, ...], Meta(description="Who stands in when.")] = ()
    swaps: Annotated[tuple[Swap, ...], Meta(description="Who exchanges turns when.")] = ()
    zone: Annotated[ZoneInfo | None, Meta(description="The time zone; null: that of `notify`.")] = None


class Step(_Settings, frozen=True, kw_only=True):
    """One level of a ladder."""

    tell: Annotated[tuple[str, ...], Meta(
        min_length=1, description="`oncall:ROTATION`, a contact, or `channel:NAME`.")]
    after: Annotated[Duration | None, Meta(
        description="When it begins, from the firing on; null: when the step before had its time.",
        extra={"at_most": "90d"})] = None
    within: Annotated[Duration | None, Meta(
        description="How much time these people have to acknowledge before the next step begins.",
        extra={"at_most": "90d"})] = None
    hours: Annotated[Literal["clock", "business"], Meta(
        description="Whether only business hours count for `after` and `within`.")] = "clock"
    severity: Annotated[tuple[Severity, ...], Meta(description="Only for these; none: for all.")] = ()


class Ladder(_Settings, frozen=True, kw_only=True):
    """Who is told, one after another, until somebody acknowledges."""

    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=20, description="From the first level up.")]
    repeat: Annotated[int, Meta(
        ge=0, le=100, description="How many times it begins again after the last step had its time.")] = 0

    def mistakes(self) -> Mistakes:
        """Steps of which nobody can say when they begin."""
        for number, step in enumerate(self.steps):
            if number and step.after is None and self.steps[number - 1].within is None:
                yield ("steps", str(number)), "it needs `after`, or the step before needs `within`"
        if self.repeat and self.steps[-1].within is None:
            yield ("repeat",), "the last step needs `within`, or nobody knows when to begin again"


class Route(_Settings, frozen=True, kw_only=True):
    """What is told to whom; every route that fits is used."""

    tell: Annotated[tuple[str, ...], Meta(
        min_length=1, description="`oncall:ROTATION`, a contact, or `channel:NAME`.")]
    severity: Annotated[tuple[Severity, ...], Meta(description="Only these; none: all.")] = ()
    category: Annotated[tuple[str, ...], Meta(description="Only these categories, patterns allowed; none: all.")] = ()
    hours: Annotated[Literal["any", "business", "after"], Meta(
        description="At any time, in business hours, or outside them.")] = "any"
    group: Annotated[Duration | None, Meta(
        description="How long more is waited for before a message is sent; null: as `notify.group`.",
        extra={"at_most": "1h"})] = None


class Storm(_Settings, frozen=True, kw_only=True):
    """How much one recipient gets before the rest is summed up."""

    messages: Annotated[int, Meta(
        ge=1, le=1000, description="How many messages one recipient gets in the time of `within`.")] = 10
    within: Annotated[Duration, Meta(
        description="The time in which they count; what is critical is summed up each minute.",
        extra={"at_least": "1m", "at_most": "1h"})] = Duration(600)


class NotifySettings(_Settings, frozen=True, kw_only=True):
    """Who is told what, and how. With no channel at all, everything goes to the log."""

    zone: Annotated[ZoneInfo | None, Meta(description="The time zone of all times here; null: this machine's.")] = None
    business_hours: Annotated[BusinessHours, Meta(description="When people are at work.")] = BusinessHours()
    channels: Annotated[Channels, Meta(description="The ways to tell somebody something, by name.")] = msgspec.field(
        default_factory=dict)
    contacts: Annotated[dict[str, Contact], Meta(description="Who can be told, by name.")] = msgspec.field(
        default_factory=dict)
    rotations: Annotated[dict[str, Rotation], Meta(description="Who is on call, by name.")] = msgspec.field(
        default_factory=dict)
    ladders: Annotated[dict[str, Ladder], Meta(
        description="Who is told next while nobody acknowledges, by name; a rule names its ladder.",
    )] = msgspec.field(default_factory=dict)
    routes: Annotated[tuple[Route, ...], Meta(
        description="What is told to whom; none: everything to every channel, but what has a ladder only by it.")] = ()
    group: Annotated[Duration, Meta(
        description="How long more is waited for before a message is sent.", extra={"at_most": "1h"})] = Duration(30)
    remind: Annotated[dict[Severity, Duration], Meta(
        description="How often whoever was told is reminded of what nobody has acknowledged, by severity; besides what"
                    " rules remind of.",
    )] = msgspec.field(default_factory=dict)
    tell_acknowledged: Annotated[bool, Meta(
        description="Whether whoever was told is also told that somebody has taken it.")] = False
    digest: Annotated[dict[Severity, str], Meta(
        description="Severities that are told together, and when: `daily 09:00`, `monday 09:00` or `hourly`.",
    )] = msgspec.field(default_factory=lambda: {Severity.INFO: "daily 09:00"})
    storm: Annotated[Storm, Meta(description="How much one recipient gets before the rest is summed up.")] = Storm()
    retry_for: Annotated[Duration, Meta(
        description="How long a message is tried.", extra={"at_least": "1m", "at_most": "30d"})] = Duration(48 * 3600)
    keep: Annotated[Duration, Meta(
        description="How long messages are kept.", extra={"at_least": "1d"})] = Duration(90 * 86400)

    def mistakes(self) -> Mistakes:
        """Names that nothing has, and times that are none."""
        from opsconsole.notify.names import mistakes  # noqa: PLC0415 - only where there are settings

        return mistakes(self)
