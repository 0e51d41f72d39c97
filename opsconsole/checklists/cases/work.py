"""One transaction that changes one run: answers and events are written at once, its row at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.checklists import store
from opsconsole.checklists.errors import NoRun, NotNow
from opsconsole.checklists.model import TOPIC, Answer, Event, EventKind, Given, RunState, Verdict, topic_of
from opsconsole.checklists.states import state_of
from opsconsole.checklists.walk import counts, make_walk
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.checklists.model import Proposal, Run
    from opsconsole.checklists.template import Template
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor

_QUOTED: Final = 200
"""Characters of a text that the audit trail keeps."""


class Work:
    """What one person, or the program, does to one run at once.

    Args:
        tx: the transaction.
        actor: who; None: the program.
        action: the verb, for the audit trail.
        now: the present.
        run: as this transaction sees it.
        template: as the run keeps it.
        answers: all of the run.
        events: all of the run.
    """

    def __init__(self, tx: Transaction, actor: Actor | None, action: str, now: Instant, run: Run, template: Template,
                 answers: list[Answer], events: list[Event]) -> None:
        self.tx = tx
        self.actor = actor
        self.action = action
        self.now = now
        self.run = run
        self.template = template
        self.answers = answers
        self.events = events
        self.seconds: float | None = None
        """Set by the last signature: the time spent."""
        self.timely = False
        self._before = run
        self._told: dict[str, Any] = {}
        self._added = False

    @property
    def name(self) -> str:
        """Who; empty: the program."""
        return self.actor.name if self.actor is not None else ""

    def walk(self, proposals: Sequence[Proposal] = ()) -> Walk:
        """The run as it is with what was added so far; `proposals` are needed where it is told what the machine saw."""
        return make_walk(self.run, self.template, self.answers, proposals, self.events)

    def step(self, item: str) -> Step:
        """One item.

        Raises:
            NoRun: there is none of that id.
        """
        found = self.walk().step(item)
        if found is None:
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only where a word is wrong

            ids = [one.id for one in self.template.items()]
            raise NoRun(f"`{limited(self.run.slug, 40)}` has no item `{limited(item, 40)}`{nearest(item, ids)}.",
                        "`opsconsole checklist show` names its items.")
        return found

    def last(self, item: str) -> Answer | None:
        """The last answer to an item, whatever it says; None: there was none."""
        return next((one for one in reversed(self.answers) if one.item == item), None)

    def open_for_answers(self) -> None:
        """Lets pass what can still be answered.

        Raises:
            NotNow: it is over, signed, or put off.
        """
        self.going("answered")
        if self.run.signatures:
            names = " and ".join(limited(one.actor, 40) for one in self.run.signatures)
            raise NotNow(f"{self.called} is signed by {names}, so nothing in it can be answered.",
                         "Whoever signs second can send it back.")
        if self.run.deferred is not None and self.run.deferred > self.now:
            raise NotNow(f"{self.called} is put off.", "Take it up again first: `opsconsole checklist resume`.")

    def going(self, what: str) -> None:
        """Lets pass what goes on.

        Args:
            what: what cannot be done else: `answered`.

        Raises:
            NotNow: it is over.
        """
        run = self.run
        if run.ended is None and run.begun is None and run.missed is not None and over(run, self.now):
            raise NotNow(f"{self.called} was missed, so it cannot be {what} any more.",
                         "Say why: `opsconsole checklist explain`.")
        if run.ended is not None:
            raise NotNow(f"{self.called} is {_OUTCOMES.get(run.outcome, 'over')}, so it cannot be {what} any more.",
                         "Say why: `opsconsole checklist explain`." if run.outcome == "missed" else "")

    @property
    def called(self) -> str:
        """The run, for sentences."""
        return f"`{limited(self.run.slug, 40)}` {limited(self.run.occurrence, 40)}"

    async def begin(self) -> bool:
        """Notes that the run has begun, where it had not."""
        if self.run.begun is not None:
            return False
        self.set(begun=self.now)
        await self.event(EventKind.STARTED)
        return True

    async def answer(self, item: str, **said: Any) -> Answer:
        """Adds an answer of the actor; from now on it is the one that counts."""
        # Where somebody has set the clock back, it was given when the one before was.
        at = max([self.now, *(one.at for one in self.answers[-1:])])
        made = await store.add_answer(self.tx, self.run.slug, Answer(
            0, self.run.id, item, at, self.name, self.actor.origin if self.actor is not None else "", **said))
        self.answers.append(made)
        self._added = True
        return made

    async def event(self, kind: EventKind, text: str = "", data: Mapping[str, Any] | None = None) -> Event:
        """Adds what happened besides."""
        at = max([self.now, *(one.at for one in self.events[-1:])])
        made = await store.add_event(self.tx, Event(0, self.run.id, at, kind, self.name, text, dict(data or {})))
        self.events.append(made)
        self._added = True
        return made

    def set(self, **fields: Any) -> None:
        """Gives fields of the run other values."""
        self.run = replace(self.run, **fields)

    def adopt(self, template: Template, digest: str) -> None:
        """Goes on with another version of the template."""
        self.template = template
        self.set(template=digest, title=template.title, category=template.category, persons=template.sign_off.persons)

    def tell(self, **detail: Any) -> None:
        """Adds to what the audit trail says of it; texts are shortened."""
        self._told |= {name: limited(value, _QUOTED) if isinstance(value, str) else value
                       for name, value in detail.items()}

    def shape(self) -> Run:
        """The run as answers and events make it."""
        if not self._added and self.run == self._before:
            return self.run
        if not self._before.seal:
            total, answered, failed = counts(self.walk())
            self.set(total=total, answered=answered, failed=failed, performers=performers(self.answers))
        self.set(version=self._before.version + 1)
        return self.run

    async def finish(self) -> Run:
        """Writes the row, the audit trail and the topics."""
        run = self.shape()
        if run == self._before:
            return run
        if self._before.seal:
            await store.put_after(self.tx, run)
        elif self.seconds is not None:
            await store.put_seal(self.tx, run, self.seconds, timely=self.timely)
        else:
            await store.put(self.tx, run)
        if self.actor is not None:
            from opsconsole.core import audit  # noqa: PLC0415 - only for what people do

            await audit.append(self.tx, self.actor, f"checklist.{self.action}", subject_of(run.id),
                               {"slug": run.slug, "occurrence": run.occurrence, **self._told}, self.now)
        self.tx.touch(TOPIC)
        self.tx.touch(topic_of(run.id))
        return run


_OUTCOMES: Final = {"done": "signed", "waived": "waived", "missed": "recorded as missed"}


def subject_of(run: int) -> str:
    """How the audit trail names a run."""
    return f"checklist:{run}"


def over(run: Run, now: Instant) -> bool:
    """Whether the time in which a run can be begun is over."""
    return state_of(run, now) is RunState.MISSED


def performers(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Who answered, in the order of their first answer; the program and new versions of templates are nobody."""
    return tuple(dict.fromkeys(one.actor for one in answers if one.actor and one.given is not Given.ADOPTED))


def before(answers: Iterable[Answer], item: str) -> tuple[Answer | None, Answer | None]:
    """The last answer to an item that nobody took back, and what was said before that.

    Returns:
        What can be taken back, None: nothing; and what counts then, None: the item is open.
    """
    said: list[Answer] = []
    for one in answers:
        if one.item != item:
            continue
        if one.undoes:
            said = said[:-1]
        elif one.given is Given.ADOPTED and one.verdict is Verdict.OPEN:
            said = []
        else:
            said.append(one)
    return said[-1] if said else None, said[-2] if len(said) > 1 else None
