"""Who answers what: categories and their forms, teams, routing, views, canned texts, mail, attachments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Secret, Size
from opsconsole.tickets.model import SETTABLE, Priority, Source
from opsconsole.tickets.settings.base import Group

if TYPE_CHECKING:
    from opsconsole.tickets.settings.base import Mistakes

_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class FormField(Group, frozen=True, kw_only=True):
    """One field of a category's form."""

    label: Annotated[str, Meta(description="What stands beside it; empty: its name.")] = ""
    kind: Annotated[Literal["line", "text", "choice"], Meta(description="One line, several, or one of `options`.")] = (
        "line")
    options: Annotated[tuple[str, ...], Meta(description="What can be chosen.")] = ()
    required: Annotated[bool, Meta(description="Whether a new ticket must have it.")] = False
    hint: Annotated[str, Meta(description="What to enter, shown while it is empty.")] = ""

    def mistakes(self) -> Mistakes:
        """A choice without anything to choose from."""
        if (self.kind == "choice") != bool(self.options):
            yield ("options",), "a choice needs `options`, and nothing else has them"


class Category(Group, frozen=True, kw_only=True):
    """One kind of ticket."""

    label: Annotated[str, Meta(description="Its name for people; empty: as the key.")] = ""
    lifecycle: Annotated[str, Meta(
        description="`bug`, `feature`, `support`, or one of `tickets.lifecycles`.")] = "support"
    priority: Annotated[Priority, Meta(description="That of a new ticket of which nobody says it.")] = Priority.MEDIUM
    form: Annotated[dict[str, FormField], Meta(description="What is asked for, by name, in this order.")] = (
        msgspec.field(default_factory=dict))
    wish: Annotated[bool, Meta(description="Whether it is ranked by impact, effort, value and votes.")] = False


ENVIRONMENT: Final[dict[str, FormField]] = {
    "url": FormField(label="URL"), "device": FormField(label="Browser or device"), "role": FormField(label="User role"),
    "steps": FormField(label="Steps to reproduce", kind="text"), "expected": FormField(label="Expected", kind="text"),
    "actual": FormField(label="Actual", kind="text")}
"""The form of a bug."""
CATEGORIES: Final[dict[str, Category]] = {
    "technical": Category(label="technical"),
    "billing": Category(label="billing"),
    "bug": Category(label="bug", lifecycle="bug", form=ENVIRONMENT),
    "feature": Category(label="feature request", lifecycle="feature", priority=Priority.LOW, wish=True)}
"""The categories without configuration."""


class Team(Group, frozen=True, kw_only=True):
    """People who share tickets."""

    members: Annotated[tuple[str, ...], Meta(min_length=1, description="Their login names.")]
    rotation: Annotated[str, Meta(
        description="The rotation of `notify.rotations` that says who is on duty; empty: all of them in business"
                    " hours.")] = ""
    tell: Annotated[tuple[str, ...], Meta(
        description="Who is told of a ticket that comes to the team and to nobody: a contact, `oncall:ROTATION`,"
                    " `channel:NAME`.")] = ()
    return_after: Annotated[Duration | None, Meta(
        description="How long somebody may leave an assigned ticket unanswered before it goes back to the team; null:"
                    " as `tickets.return_after`.", extra={"at_least": "1m"})] = None


class Routing(Group, frozen=True, kw_only=True):
    """Which tickets go where; the first rule that fits counts."""

    categories: Annotated[tuple[str, ...], Meta(description="Only these categories, patterns allowed; none: all.")] = ()
    priorities: Annotated[tuple[Priority, ...], Meta(description="Only these; none: all.")] = ()
    sources: Annotated[tuple[Source, ...], Meta(description="Only from these; none: all.")] = ()
    words: Annotated[tuple[str, ...], Meta(
        description="Only with one of these words in title or text; none: all.")] = ()
    senders: Annotated[tuple[str, ...], Meta(
        description="Only from these addresses, patterns allowed: `*@example.com`; none: all.")] = ()
    team: Annotated[str, Meta(description="The team of `tickets.teams` that it goes to.")] = ""
    person: Annotated[str, Meta(description="The person that it goes to, if they are on duty.")] = ""
    how: Annotated[Literal["pool", "round-robin", "least-loaded"], Meta(
        description="Who of the team gets it: nobody, in turns, or whoever has the fewest open tickets.")] = "pool"
    off_duty: Annotated[bool, Meta(description="Whether people who are not on duty get it too.")] = False
    priority: Annotated[Priority | None, Meta(description="The priority that it gets; null: it keeps its own.")] = None
    tags: Annotated[tuple[str, ...], Meta(description="Tags that it gets.")] = ()

    def mistakes(self) -> Mistakes:
        """A rule that does nothing, turns without a team, tags that none can be."""
        if not (self.team or self.person or self.priority or self.tags):
            yield ("team",), "a rule needs `team`, `person`, `priority` or `tags`"
        if self.how != "pool" and not self.team:
            yield ("how",), f"`{self.how}` needs the `team` whose people get the tickets"
        for number, tag in enumerate(self.tags):
            if not tag or any(sign.isspace() or sign == "," for sign in tag):
                yield ("tags", str(number)), f"a tag is one word, such as `vpn`, not `{tag}`"


class View(Group, frozen=True, kw_only=True):
    """A named filter."""

    filter: Annotated[str, Meta(description="As it is typed: `is:open assignee:me sort:due`.")]
    people: Annotated[tuple[str, ...], Meta(description="Who sees it; none: everybody.")] = ()

    def mistakes(self) -> Mistakes:
        """A filter that cannot be read."""
        from opsconsole.tickets.filters import filter_mistake  # noqa: PLC0415 - only where there are views

        problem = filter_mistake(self.filter)
        if problem:
            yield ("filter",), problem


VIEWS: Final[dict[str, View]] = {
    "open": View(filter="is:open"), "mine": View(filter="is:open assignee:me"),
    "unassigned": View(filter="is:open assignee:none"), "late": View(filter="is:open late"),
    "due today": View(filter="is:open due:today"), "waiting": View(filter="is:waiting")}
"""The views without configuration."""


class Canned(Group, frozen=True, kw_only=True):
    """A text, or a text and what else is to be done with it."""

    text: Annotated[str, Meta(description="Markdown, with places such as `{ticket.number}` or `{actor}`.")] = ""
    message: Annotated[Literal["reply", "note"], Meta(description="Who reads the text.")] = "reply"
    set: Annotated[dict[str, str], Meta(
        description="Fields that are set too: `state: waiting`, `priority: high`, `assignee: me`, `tags: +vpn`.",
    )] = msgspec.field(default_factory=dict)
    categories: Annotated[tuple[str, ...], Meta(description="Only for these categories; none: all.")] = ()

    def mistakes(self) -> Mistakes:
        """Fields that cannot be set, places that nothing fills, and a macro that does nothing."""
        from opsconsole.tickets.canned import set_mistake, template_mistake  # noqa: PLC0415 - only where there are any

        if not self.text and not self.set:
            yield ("text",), "it needs `text`, `set` or both"
        problem = template_mistake(self.text)
        if problem:
            yield ("text",), problem
        allowed = SETTABLE - {"lifecycle", "phase", "links", "merged_into", "alert_key", "fields", "voters", "source"}
        for name, text in self.set.items():
            if name not in allowed:
                yield ("set", name), f"this cannot be set; it must be one of {', '.join(sorted(allowed))}"
            elif problem := set_mistake(name, text):
                yield ("set", name), problem


class Smtp(Group, frozen=True, kw_only=True):
    """The server that takes mail."""

    host: Annotated[str, Meta(min_length=1, description="Its name or address.")] = "localhost"
    port: Annotated[int, Meta(ge=1, le=65_535, description="Its port.")] = 25
    security: Annotated[Literal["none", "starttls", "tls"], Meta(
        description="`starttls` and `tls` check its certificate.")] = "none"
    user: Annotated[str, Meta(description="The name to sign in with; empty: none is needed.")] = ""
    password: Annotated[Secret | None, Meta(
        description="The place of the password, as `${SMTP_PASSWORD}` or `file:/path`.")] = None
    ca: Annotated[str, Meta(description="A file of certificates that are trusted in place of the system's.")] = ""
    timeout: Annotated[Duration, Meta(
        description="How long one mail may take.", extra={"at_least": "1s", "at_most": "5m"})] = Duration(30)


class Intake(Group, frozen=True, kw_only=True):
    """What mail to one address becomes."""

    category: Annotated[str, Meta(description="The category of new tickets; empty: the first one.")] = ""
    priority: Annotated[Priority | None, Meta(description="Their priority; null: that of the category.")] = None
    team: Annotated[str, Meta(description="Their team; empty: as `tickets.routing` says.")] = ""


class Mail(Group, frozen=True, kw_only=True):
    """Mail from requesters and to them."""

    address: Annotated[str, Meta(
        description="The address that replies come from; empty: no mail is sent.")] = ""
    name: Annotated[str, Meta(description="The name beside it.")] = "Support"
    smtp: Annotated[Smtp, Meta(description="The server that takes what is sent.")] = Smtp()
    intakes: Annotated[dict[str, Intake], Meta(
        description="What mail to further addresses becomes, by address.")] = msgspec.field(default_factory=dict)
    hold: Annotated[Duration, Meta(
        description="How long a reply waits, so that it can be undone.", extra={"at_most": "10m"})] = Duration(10)
    most: Annotated[Size, Meta(description="What is larger is kept unread and reported.")] = Size(50_000_000)
    per_sender: Annotated[int, Meta(
        ge=1, le=10_000, description="How many mails of one sender an hour make something new; more are kept and"
                                     " reported.")] = 60
    confirm: Annotated[bool, Meta(description="Whether who wrote is told the number of the new ticket.")] = True
    quote: Annotated[bool, Meta(description="Whether a reply quotes what it answers.")] = True
    signature: Annotated[str, Meta(description="What stands below every reply.")] = ""

    def mistakes(self) -> Mistakes:
        """Addresses that are none."""
        places = [(("address",), self.address)] if self.address else []
        for path, text in (*places, *((("intakes", one), one) for one in self.intakes)):
            if not _ADDRESS.fullmatch(text):
                yield path, f"`{text}` is no address such as support@example.com"

    @property
    def addresses(self) -> frozenset[str]:
        """All own addresses, in lower case."""
        return frozenset(one.lower() for one in (self.address, *self.intakes) if one)


class Attachments(Group, frozen=True, kw_only=True):
    """Files of tickets."""

    most: Annotated[Size, Meta(description="Of one file.", extra={"at_least": "1kB", "at_most": "2GB"})] = (
        Size(25_000_000))
    open: Annotated[tuple[str, ...], Meta(
        description="The program that shows a text, with its arguments; none: `$PAGER`, else `less`.")] = ()


class Satisfaction(Group, frozen=True, kw_only=True):
    """Asking requesters how satisfied they are."""

    ask: Annotated[bool, Meta(description="Whether the mail about the solution asks.")] = True
    good: Annotated[int, Meta(ge=1, le=5, description="From which answer on somebody is satisfied, of 1 to 5.")] = 4
    question: Annotated[str, Meta(description="The question.")] = (
        "How satisfied are you? Answer with a number from 1 (not at all) to 5 (very).")


class Closing(Group, frozen=True, kw_only=True):
    """What closing a ticket takes."""

    root_cause: Annotated[tuple[Priority, ...], Meta(
        description="Priorities that need a root cause.")] = (Priority.URGENT,)
    post_mortem: Annotated[str, Meta(
        description="The text that is offered after closing these, with places such as `{timeline}`; empty: a built-in"
                    " one.")] = ""
    green_for: Annotated[Duration, Meta(
        description="How long the alert of a ticket must have been over before it is resolved without a reason.",
        extra={"at_most": "7d"})] = Duration(300)
    reopen_within: Annotated[Duration, Meta(
        description="How long after its end an answer or an alert reopens a ticket; later they make a new one.",
        extra={"at_most": "3650d"})] = Duration(30 * 86_400)

    def mistakes(self) -> Mistakes:
        """Places that nothing fills."""
        from opsconsole.tickets.canned import template_mistake  # noqa: PLC0415 - only where there is such a text

        if problem := template_mistake(self.post_mortem):
            yield ("post_mortem",), problem
