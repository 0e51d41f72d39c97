"""The commands of `checklist` that answer items; a script fills one in with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.checklists.commanding import ITEM, OF, RUN, change_runs, name_of, plain, service_of
from opsconsole.core.errors import UsageError
from opsconsole.printing import JSON, changing, print_json, say

if TYPE_CHECKING:
    from opsconsole.checklists.cases.types import Answered
    from opsconsole.checklists.model import Answer, Proposal, Verdict
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.template import Item
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor

BASE = click.option("--base", type=click.IntRange(0), metavar="N",
                    help="Only where the last answer to it is still this one; 0: where there is none.")
_MOST = 1 << 20
"""Bytes of standard input that are looked at: more is no answer."""


@click.command()
@RUN
@ITEM
@click.argument("value", required=False)
@click.option("--fail", "verdict", flag_value="failed", help="It failed, whatever the value says.")
@click.option("--skip", "verdict", flag_value="skipped", help="It is left out; --note says why.")
@click.option("--na", "verdict", flag_value="n/a", help="It does not apply.")
@click.option("--note", default="", metavar="TEXT", help="Words beside it.")
@click.option("--file", "files", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
              help="Keep this file as evidence; may be given again.")
@BASE
@OF
@JSON
@click.pass_obj
def answer(given: Any, /, run: str, item: str, value: str | None, as_json: bool, **options: Any) -> None:
    """Answer an item of a run.

    RUN is a number, or the name of a checklist: then the run that goes on. ITEM is the id of the item. VALUE is what it
    asks for: a number, a word, yes or no, a text, for a table a row in each line with `|` between its cells; `-` reads
    it from standard input. Without it, the item is as it should be, or as the machine proposes. A failure has the
    consequences that the template says, such as a ticket.
    """
    for path in options["files"]:
        # Before anything is stored: the answer and what it rests on belong together.
        if not path.is_file():
            raise UsageError(f"{path} is no file that can be read.", "Check its name and its permissions.")
    typed = _piped() if value == "-" else value
    done: Answered = change_runs(given, lambda service, actor: _answered(service, actor, run, item, typed, **options))
    if as_json:
        print_json(plain(done))
        return
    for text in said(done):
        say(text)


async def _answered(service: ChecklistService, actor: Actor, name: str, item: str, typed: str | None, *,
                    verdict: str | None, note: str, files: tuple[Path, ...], base: int | None,
                    occurrence: str) -> Answered:
    from opsconsole.checklists.cases.types import File, Reply
    from opsconsole.checklists.judging import read_value
    from opsconsole.checklists.model import Given, Verdict

    run = await service.find(name, occurrence)
    asked = item_of(await service.walk(run.id), item)
    chosen = Verdict(verdict) if verdict is not None else None
    value = None
    if typed is not None:
        if chosen in (Verdict.SKIPPED, Verdict.NOT_APPLICABLE):
            raise UsageError("What is left out has no value.", "Give the value, or --skip or --na.")
        value = read_value(asked, typed)
    kept = [File(path.name, path) for path in files]
    if kept and chosen is None and typed is None and not note:
        return await service.add_evidence(actor, run.id, item, kept, base=base)
    reply = Reply(verdict=_meant(chosen, typed, note), value=value, note=note)
    if kept:
        return await service.answer_with(actor, run.id, item, reply, kept, base=base, given=Given.COMMAND)
    return await service.answer(actor, run.id, item, reply, base=base, given=Given.COMMAND)


def _meant(chosen: Verdict | None, typed: str | None, note: str) -> Verdict | None:
    """What is said of an item: what an option says; of a value, nothing; of nothing at all, that it is fine."""
    from opsconsole.checklists.model import Verdict

    if chosen is not None:
        return chosen
    return None if note and typed is None else Verdict.OK


def item_of(walk: Any, item: str) -> Item:
    """An item of a run.

    Raises:
        NoRun: there is none of this id.
    """
    from opsconsole.checklists.errors import NoRun
    from opsconsole.core.config import nearest
    from opsconsole.core.text import limited

    step = walk.step(item)
    if step is None:
        known = [one.item.id for one in walk.steps]
        raise NoRun(f"There is no item `{limited(item, 80)}` in it{nearest(item, known)}.",
                    f"`opsconsole checklist show {walk.run.id}` names them.")
    found: Item = step.item
    return found


def said(done: Answered) -> list[str]:
    """What an answer made, in sentences."""
    from opsconsole.checklists.plainlines import value_text

    value = value_text(done.answer)
    texts = [(f"{done.answer.item} is {done.answer.verdict.value}{f': {value}' if value else ''};"
              f" {done.run.answered} of {done.run.total} are answered in {name_of(done.run)}.")]
    if done.ticket is not None:
        texts.append(f"Ticket {done.ticket.number} {'was joined' if done.joined else 'is open'} because of it.")
    if done.escalated:
        texts.append(f"The ladder `{done.escalated}` was started.")
    if done.followed is not None:
        texts.append(f"{name_of(done.followed)} was started.")
    return texts


@click.command()
@RUN
@ITEM
@BASE
@OF
@JSON
@click.pass_obj
def undo(given: Any, run: str, item: str, base: int | None, occurrence: str, as_json: bool) -> None:
    """Take the last answer to an item back; it stays visible.

    RUN is a number or the name of a checklist, ITEM the id of the item.
    """
    async def change(service: ChecklistService, actor: Actor) -> Answer:
        found = await service.find(run, occurrence)
        return await service.take_back(actor, found.id, item, base=base)

    made: Answer = change_runs(given, change)
    if as_json:
        print_json(made)
    else:
        say(f"{made.item} is {made.verdict.value} again.")


@click.command()
@RUN
@OF
@JSON
@click.pass_obj
def propose(given: Any, run: str, occurrence: str, as_json: bool) -> None:
    """Ask the machine, now and in this process, what the answers to automatic items are.

    RUN is a number or the name of a checklist. Commands of the template run as whoever calls this.
    """
    found: list[Proposal] = changing(given, lambda db, actor: proposed(given, db, actor, run, occurrence))
    if as_json:
        print_json({"proposals": found})
        return
    from opsconsole.checklists.plainlines import proposal_text

    for one in found:
        say(f"{one.item}: {proposal_text(one)}")
    if not found:
        say("Nothing in it can be answered by the machine.")


async def proposed(given: Any, db: Database, actor: Actor, name: str, occurrence: str = "") -> list[Proposal]:
    """What the machine thinks of a run, stored too."""
    from contextlib import AsyncExitStack

    from opsconsole.checklists.auto import Proposer
    from opsconsole.checklists.commanding import settings
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.database import METRICS
    from opsconsole.core.database import Database as Opened
    from opsconsole.core.identity import require
    from opsconsole.printing import machine_clock
    from opsconsole.tickets.commanding import service_of as tickets_of

    service = service_of(given, db)
    await service.open_due()
    run = await service.find(name, occurrence)
    walk = await service.walk(run.id)
    require(actor, walk.template.who.role, "answer this checklist")
    paths, configured = given.loaded.paths, given.loaded.settings
    async with AsyncExitStack() as stack:
        metrics = None
        if paths.metrics.exists():
            metrics = await stack.enter_async_context(await Opened.open(paths.metrics, METRICS, read_only=True))
        proposer = Proposer(machine_clock(), settings(given), metrics=metrics, checks=configured.checks,
                            tickets=tickets_of(given, db), blobs=Blobs(paths.data / "blobs"),
                            zone=service.zone)
        found = await proposer.propose(walk)
    await service.propose(run.id, found)
    return found


@click.command()
@RUN
@ITEM
@click.option("--category", default="", metavar="NAME", help="The ticket's; without it, as the template says.")
@click.option("--priority", default="", metavar="NAME", help="urgent, high, medium or low; as above.")
@click.option("--text", default="", metavar="TEXT", help="Words for whoever gets it.")
@OF
@JSON
@click.pass_obj
def ticket(given: Any, run: str, item: str, category: str, priority: str, text: str, occurrence: str,
           as_json: bool) -> None:
    """Open a ticket about an item, with its evidence, or join the open one about the same item.

    RUN is a number or the name of a checklist, ITEM the id of the item; one that nobody has answered fails by that.
    """
    async def change(service: ChecklistService, actor: Actor) -> Answered:
        found = await service.find(run, occurrence)
        return await service.raise_ticket(actor, found.id, item, category=category, priority=priority, text=text)

    done: Answered = change_runs(given, change)
    if as_json:
        print_json(plain(done))
        return
    for sentence in said(done):
        say(sentence)


def _piped() -> str:
    from opsconsole.core.text import decode

    stream = getattr(sys.stdin, "buffer", None)
    raw: bytes = b"" if stream is None else stream.read(_MOST + 1)
    if len(raw) > _MOST:
        raise UsageError("This is too long for an answer.", "Keep it as evidence: --file.")
    if not raw.strip():
        raise UsageError("There is nothing on standard input.", "Give the value, or send it through a pipe.")
    return decode(raw).strip("\r\n")
