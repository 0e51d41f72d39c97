"""Whatever people do, in any order: what is stored is what the events make, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opsconsole.core import audit
from opsconsole.core.errors import OpsError
from opsconsole.tickets.cases.types import File, Incoming
from opsconsole.tickets.model import ClockKind, LinkKind, Party, Priority
from opsconsole.tickets.service import New
from tests.tickets.desk import ADA, ANA, BEN, SUE, desk

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import AbstractAsyncContextManager

    from opsconsole.core.identity import Actor
    from tests.tickets.desk import Desk

ACTORS = st.sampled_from([ANA, BEN, SUE, ADA])
TEXTS = st.sampled_from(["redis", "@zoe look", "ünï \ud800", "\x1b[31m", "a\nb"])
STATES = st.sampled_from(["triage", "assigned", "in progress", "testing", "waiting", "resolved", "closed", "reopened",
                          "open", "review", "prioritise"])
PEOPLE = st.sampled_from(["ana", "ben", "zoe", ""])
TAGS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)


class AnyWork(RuleBasedStateMachine):
    """A desk to which anything is done; each thing is done wholly, or refused wholly."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self._context: AbstractAsyncContextManager[Desk] = desk(Path(self._folder.name))
        self.k = self._runner.run(self._context.__aenter__())
        self.batches: list[int] = []
        self.refused = 0

    def teardown(self) -> None:
        async def end() -> None:
            await self.k.check()
            report = await audit.verify(self.k.db)
            assert report.ok
            for number in await self.k.column("SELECT number FROM ticket"):
                assert await self.k.service.resolve(number)
            await self._context.__aexit__(None, None, None)

        try:
            self._runner.run(end())
        finally:
            self._runner.close()
            self._folder.cleanup()

    def do(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Does something; where it is refused, nothing may have changed."""
        async def tried() -> None:
            before = await self.k.value("SELECT count(*) FROM ticket_event")
            try:
                done = await doing
            except OpsError:
                assert await self.k.value("SELECT count(*) FROM ticket_event") == before
                self.refused += 1
            else:
                with contextlib.suppress(AttributeError):
                    self.batches.append(done.batch)

        self._runner.run(tried())

    def any_numbers(self, data: st.DataObject) -> list[int]:
        last = self._runner.run(self.k.value("SELECT max(number) FROM ticket"))
        return data.draw(st.lists(st.integers(1, last), min_size=1, max_size=3))

    @initialize()
    def begin(self) -> None:
        for category in ("bug", "feature", "technical"):
            self.do(self.k.service.create(ADA, New("first", category=category, requester_mail="kim@example.com")))

    @rule(actor=ACTORS, title=TEXTS, mail=st.sampled_from(["", "kim@example.com"]), priority=st.sampled_from(Priority),
          category=st.sampled_from(["bug", "billing"]))
    def create(self, actor: Actor, title: str, mail: str, priority: Priority, category: str) -> None:
        self.do(self.k.service.create(actor, New(title, title, category, priority, requester_mail=mail)))

    @rule(actor=ACTORS, data=st.data(), text=TEXTS, public=st.booleans())
    def say(self, actor: Actor, data: st.DataObject, text: str, *, public: bool) -> None:
        number = self.any_numbers(data)[0]
        say = self.k.service.reply if public else self.k.service.note
        self.do(say(actor, number, text, attachments=[File("x", text.encode("utf-8", "replace"))] if public else []))

    @rule(data=st.data(), party=st.sampled_from([Party.REQUESTER, Party.ROBOT]), text=TEXTS)
    def hear(self, data: st.DataObject, party: Party, text: str) -> None:
        async def heard(number: int) -> None:
            async with self.k.db.write() as tx:
                await self.k.service.hear(tx, number, Incoming(text=text, by="Kim", party=party))

        self.do(heard(self.any_numbers(data)[0]))

    @rule(key=st.sampled_from(["redis", "disk"]), number=st.integers(1, 3), over=st.booleans())
    def alert(self, key: str, number: int, *, over: bool) -> None:
        async def told() -> None:
            async with self.k.db.write() as tx:
                if over:
                    await self.k.service.alert_over(tx, key, number)
                else:
                    await self.k.service.from_alert(tx, key, number, key)

        self.do(told())

    @rule(actor=ACTORS, data=st.data(), state=STATES, text=TEXTS,
          fields=st.sampled_from([{}, {"assignee": "ana"}, {"root_cause": "x", "release": "1", "assignee": "ben"}]))
    def move(self, actor: Actor, data: st.DataObject, state: str, text: str, fields: dict[str, str]) -> None:
        self.do(self.k.service.move(actor, self.any_numbers(data), state, text, fields))

    @rule(actor=ACTORS, data=st.data(), person=PEOPLE, team=st.sampled_from(["web", "infra", "", None]))
    def assign(self, actor: Actor, data: st.DataObject, person: str, team: str | None) -> None:
        self.do(self.k.service.assign(actor, self.any_numbers(data), person, team))

    @rule(actor=ACTORS, data=st.data())
    def take(self, actor: Actor, data: st.DataObject) -> None:
        self.do(self.k.service.take(actor, self.any_numbers(data)))

    @rule(actor=ACTORS, data=st.data(), priority=st.sampled_from(Priority))
    def set_priority(self, actor: Actor, data: st.DataObject, priority: Priority) -> None:
        self.do(self.k.service.set_priority(actor, self.any_numbers(data), priority))

    @rule(actor=ACTORS, data=st.data(), more=TAGS, fewer=TAGS)
    def tag(self, actor: Actor, data: st.DataObject, more: list[str], fewer: list[str]) -> None:
        self.do(self.k.service.tag(actor, self.any_numbers(data), more, fewer))

    @rule(actor=ACTORS, data=st.data(), category=st.sampled_from(["bug", "feature", "billing"]), entered=TEXTS)
    def edit(self, actor: Actor, data: st.DataObject, category: str, entered: str) -> None:
        wanted = {"category": category, "fields.url": entered, "impact": 3}
        self.do(self.k.service.edit(actor, self.any_numbers(data)[0], dict.fromkeys(wanted, "bug"), wanted))

    @rule(actor=ACTORS, data=st.data(), kind=st.sampled_from(LinkKind))
    def link(self, actor: Actor, data: st.DataObject, kind: LinkKind) -> None:
        numbers = self.any_numbers(data)
        self.do(self.k.service.link(actor, numbers[0], kind, numbers[-1]))

    @rule(actor=ACTORS, data=st.data())
    def merge(self, actor: Actor, data: st.DataObject) -> None:
        numbers = self.any_numbers(data)
        self.do(self.k.service.merge(actor, numbers[0], numbers[-1]))

    @rule(actor=ACTORS, data=st.data())
    def unmerge(self, actor: Actor, data: st.DataObject) -> None:
        self.do(self.k.service.unmerge(actor, self.any_numbers(data)[0]))

    @rule(actor=ACTORS, data=st.data(), seq=st.integers(2, 6))
    def split(self, actor: Actor, data: st.DataObject, seq: int) -> None:
        self.do(self.k.service.split(actor, self.any_numbers(data)[0], seq, "split"))

    @rule(actor=ACTORS, data=st.data(), kind=st.sampled_from(ClockKind))
    def waive(self, actor: Actor, data: st.DataObject, kind: ClockKind) -> None:
        number = self.any_numbers(data)[0]
        self.do(self.k.service.waive(actor, number, kind, 1, "x"))
        self.do(self.k.service.acknowledge(actor, number, "on it"))

    @rule(actor=ACTORS, number=st.integers(1, 4))
    def delete_attachment(self, actor: Actor, number: int) -> None:
        self.do(self.k.service.delete_attachment(actor, number, "x"))

    @precondition(lambda self: self.batches)
    @rule(data=st.data(), sent=st.booleans())
    def undo(self, data: st.DataObject, *, sent: bool) -> None:
        async def leave() -> None:
            async with self.k.db.write() as tx:
                await tx.run("UPDATE ticket_mail SET state = 'sent' WHERE state = 'waiting'")

        if sent:
            self._runner.run(leave())
        self.do(self.k.service.undo(ADA, data.draw(st.sampled_from(self.batches[-6:]))))

    @rule(actor=ACTORS)
    def undo_last(self, actor: Actor) -> None:
        self.do(self.k.service.undo(actor))

    @rule(ms=st.sampled_from([1, 60_000, 3_600_000, 5 * 86_400_000]))
    def wait(self, ms: int) -> None:
        self.k.clock.go(ms)

    @invariant()
    def no_batch_of_people_is_empty(self) -> None:
        assert self._runner.run(self.k.value(
            "SELECT count(*) FROM ticket_batch b"
            " WHERE NOT EXISTS (SELECT 1 FROM ticket_event WHERE batch = b.id)")) == 0


TestAnyWork = AnyWork.TestCase
TestAnyWork.settings = settings(max_examples=25, stateful_step_count=25, deadline=None,
                                suppress_health_check=list(HealthCheck))
