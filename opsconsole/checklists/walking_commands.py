"""The commands of `checklist` that begin a run and walk through it, line by line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.checklists.commanding import OF, change_runs, name_of
from opsconsole.core.errors import OpsError, UsageError
from opsconsole.printing import JSON, changing, print_json, say

if TYPE_CHECKING:
    from opsconsole.checklists.cases.types import Answered, Reply
    from opsconsole.checklists.model import Answer, Run
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.identity import Actor

_WORDS: Final = "/fail /skip REASON /na /note TEXT /ticket /undo /help /next /quit"
_MOST_LINES: Final = 500
"""Of one answer."""


@click.command()
@click.argument("slug")
@OF
@JSON
@click.pass_obj
def start(given: Any, slug: str, occurrence: str, as_json: bool) -> None:
    """Begin a run: the one that is open, a new one of those on demand, or the next one ahead of its time.

    SLUG is the name of the checklist.
    """
    async def change(service: ChecklistService, actor: Actor) -> Run:
        return await service.start(actor, slug, occurrence)

    made: Run = change_runs(given, change)
    if as_json:
        print_json(made)
    else:
        say(f"{name_of(made)} has begun; `opsconsole checklist run {made.id}` walks through it.")


@click.command()
@click.argument("run")
@OF
@click.pass_obj
def run(given: Any, run: str, occurrence: str) -> None:
    """Walk through a run line by line: items on standard output, answers on standard input.

    RUN is a number, or the name of a checklist, which is begun where it is not yet. An empty line says that an item is
    as it should be, or as proposed; anything else is its value. What begins with `/` is a command: /help names them;
    `//` begins a value with a `/`. Each answer is stored when it is given, so the end of the input loses nothing.
    """
    async def begin(service: ChecklistService, actor: Actor) -> Run:
        digits = run.strip().removeprefix("#")
        if digits.isascii() and digits.isdecimal():
            return await service.begin(actor, (await service.find(run)).id)
        return await service.start(actor, run, occurrence)

    begun: Run = change_runs(given, begin)
    if begun.ended is not None or begun.signatures:
        raise UsageError(f"{name_of(begun)} is signed or over.", f"`opsconsole checklist show {begun.id}` shows it.")
    _ask_the_machine(given, begun)
    _Walking(given, begun.id).go()


def _ask_the_machine(given: Any, begun: Run) -> None:
    from opsconsole.checklists.answering_commands import proposed

    try:
        changing(given, lambda db, actor: proposed(given, db, actor, str(begun.id)))
    except OpsError as problem:
        # Every item can be answered by hand.
        say(str(problem), err=True)


class _Walking:
    """One walk. Each step has a connection of its own, so that nothing is held open while somebody thinks."""

    def __init__(self, given: Any, number: int) -> None:
        self._given, self._number = given, number
        self._section = -1
        self._after = ""
        self._passed: set[str] = set()
        self._last = ""
        """The item that was answered last."""
        self._given_here: dict[str, int] = {}
        """Of each item the number of the last answer that this walk gave."""

    def go(self) -> None:
        """From item to item until nothing is open, or there is no more input."""
        walk, figures = self._seen()
        say(f"{name_of(walk.run)}: {walk.run.answered} of {walk.run.total} answered. {_WORDS}")
        for one in walk.left:
            say(f"Left open by {one.title} {one.occurrence}: {one.what} ({one.verdict.value})")
        while (step := self._next(walk)) is not None:
            self._show(walk, step, figures)
            if not self._step(step):
                self._stopped()
                return
            walk, figures = self._seen()
        self._done(walk)

    def _seen(self) -> tuple[Walk, Any]:
        async def look(service: ChecklistService, _: Actor) -> tuple[Walk, Any]:
            walk = await service.walk(self._number)
            return walk, await service.figures(walk.run)

        found: tuple[Walk, Any] = change_runs(self._given, look)
        return found

    def _next(self, walk: Walk) -> Step | None:
        """The next item that is open and was not passed over."""
        from opsconsole.checklists.walk import next_open

        if walk.run.ended is not None or walk.run.signatures:
            return None
        after = self._after
        for _ in walk.steps:
            name = next_open(walk, after)
            if not name:
                return None
            if name not in self._passed:
                return walk.step(name)
            after = name
        return None

    def _show(self, walk: Walk, step: Step, figures: Any) -> None:
        from opsconsole.checklists.judging import limit_of
        from opsconsole.checklists.plainlines import proposal_text, value_text
        from opsconsole.checklists.template import ChoiceItem, InstructionItem, TableItem

        item = step.item
        if step.section != self._section:
            self._section = step.section
            say(walk.template.sections[step.section].title.upper())
        say(f"> {item.title}{f' [{limit}]' if (limit := limit_of(item)) else ''} ({item.kind})")
        if isinstance(item, InstructionItem):
            for number, text in enumerate(item.steps, 1):
                say(f"    {number}. {text}")
        if isinstance(item, ChoiceItem):
            say(f"    one of {', '.join(item.options)}")
        if isinstance(item, TableItem):
            say(f"    rows of {' | '.join(item.columns)}, an empty line ends them")
        if step.proposal is not None:
            say(f"    proposed: {proposal_text(step.proposal)}")
        last: tuple[Answer, ...] = figures.get(item.id, ())
        if last:
            say(f"    last: {', '.join(filter(None, map(value_text, last)))}")

    def _step(self, step: Step) -> bool:
        """Asks one item until it is answered or passed over; False: there is no more input, or no more wish."""
        while True:
            line = _line()
            if line is None:
                return False
            word, _, rest = line.partition(" ")
            if word == "/quit":
                return False
            if word in ("/next", "/n"):
                self._passed.add(step.item.id)
                self._after = step.item.id
                return True
            try:
                if self._did(step, word if line.startswith("/") and not line.startswith("//") else "", rest, line):
                    self._after = step.item.id
                    return True
            except OpsError as problem:
                from opsconsole.checklists.errors import NotNow, Overtaken

                say(str(problem))
                if isinstance(problem, Overtaken | NotNow):
                    return not isinstance(problem, NotNow) or self._pass(step)

    def _pass(self, step: Step) -> bool:
        self._passed.add(step.item.id)
        return True

    def _did(self, step: Step, word: str, rest: str, line: str) -> bool:
        """Does what a line says; whether the item is done with."""
        from opsconsole.checklists.cases.types import Reply
        from opsconsole.checklists.model import Verdict

        verdicts = {"/fail": Verdict.FAILED, "/skip": Verdict.SKIPPED, "/na": Verdict.NOT_APPLICABLE}
        if not word:
            self._answer(step, self._valued(step, line.removeprefix("/") if line.startswith("//") else line))
        elif word in verdicts:
            self._answer(step, Reply(verdict=verdicts[word], note=rest))
        elif word == "/note":
            self._answer(step, Reply(note=rest))
            return False
        elif word == "/ticket":
            self._ticket(step, rest)
        elif word == "/undo":
            self._undo()
        elif word == "/help":
            say(f"{step.item.help or 'There is no help for it.'}{f' {step.item.link}' if step.item.link else ''}")
            say(_WORDS)
            return False
        else:
            raise UsageError(f"There is no command `{word}`.", f"There are {_WORDS}.")
        return True

    def _valued(self, step: Step, line: str) -> Reply:
        """What a line that is no command says: a value, of a table with the lines after it; nothing: it is fine."""
        from opsconsole.checklists.cases.types import Reply
        from opsconsole.checklists.judging import read_value
        from opsconsole.checklists.model import Verdict
        from opsconsole.checklists.template import TableItem

        if not line.strip():
            return Reply(verdict=Verdict.OK)
        if isinstance(step.item, TableItem):
            rows = [line]
            while len(rows) < _MOST_LINES and (more := _line()) is not None and more.strip():
                rows.append(more)
            line = "\n".join(rows)
        value = read_value(step.item, line)
        return Reply(verdict=Verdict.OK if value is None else None, value=value)

    def _answer(self, step: Step, reply: Reply) -> None:
        from opsconsole.checklists.answering_commands import said
        from opsconsole.checklists.model import Given

        async def change(service: ChecklistService, actor: Actor) -> Answered:
            # What was noted here since the item was shown is an answer of this very walk.
            base = max(step.base, self._given_here.get(step.item.id, 0))
            return await service.answer(actor, self._number, step.item.id, reply, base=base, given=Given.COMMAND)

        done: Answered = change_runs(self._given, change)
        self._given_here[step.item.id] = done.answer.id
        self._last = step.item.id
        for text in said(done):
            say(f"    {text}")

    def _ticket(self, step: Step, text: str) -> None:
        from opsconsole.checklists.answering_commands import said

        async def change(service: ChecklistService, actor: Actor) -> Answered:
            return await service.raise_ticket(actor, self._number, step.item.id, text=text)

        for sentence in said(change_runs(self._given, change)):
            say(f"    {sentence}")
        self._last = step.item.id

    def _undo(self) -> None:
        if not self._last:
            raise UsageError("Nothing was answered in this walk yet.")
        item, self._last = self._last, ""

        async def change(service: ChecklistService, actor: Actor) -> Any:
            return await service.take_back(actor, self._number, item)

        made = change_runs(self._given, change)
        say(f"    {item} is {made.verdict.value} again.")

    def _stopped(self) -> None:
        walk, _ = self._seen()
        say(f"Stopped at {walk.run.answered} of {walk.run.total}; `opsconsole checklist run {self._number}` goes on.")

    def _done(self, walk: Walk) -> None:
        from opsconsole.checklists.walk import missing

        left = missing(walk)
        if walk.run.ended is not None or walk.run.signatures:
            say(f"{name_of(walk.run)} was signed or ended meanwhile.")
        elif left:
            say(f"To be done before it can be signed: {', '.join(left)}."
                f" `opsconsole checklist run {self._number}` goes on.")
        else:
            say(f"All is answered; `opsconsole checklist sign {self._number}` signs it.")


def _line() -> str | None:
    """The next line of standard input; None: there is none."""
    stream = sys.stdin
    if stream is None:
        return None
    if stream.isatty():
        click.echo("  ", nl=False)
    text = stream.readline()
    return text.rstrip("\r\n") if text else None
