"""Any order of use cases, against a plain model of what has to be true afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opsconsole.core import audit
from opsconsole.core.errors import UsageError
from opsconsole.logbook.errors import Clash, NotNow
from opsconsole.logbook.model import Action, EntryState, EntryType, Point, Status
from opsconsole.logbook.settings import LogbookSettings
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN, SUE

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Entry
    from tests.logbook.logdesk import LogDesk

PEOPLE = st.sampled_from([ANA, BEN, SUE])
WORDS = st.sampled_from(["disk", "nginx", "backup", "été"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": WORDS, "notes": WORDS, "status": st.sampled_from(Status),
    "type": st.sampled_from([EntryType.DAILY, EntryType.EMERGENCY]), "tags": st.lists(WORDS, unique=True).map(tuple),
    "tasks": st.lists(st.builds(Point, WORDS, st.integers(0, 2)), max_size=3).map(tuple),
    "actions": st.lists(WORDS, unique=True, max_size=2).map(lambda texts: tuple(Action(one) for one in texts))}
CHANGES = st.fixed_dictionaries({}, optional=FIELDS)


@dataclass
class Known:
    """What has to be true of one entry."""

    said: dict[str, Any]
    state: EntryState = EntryState.OPEN
    signers: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    amended: int = 0
    files: int = 0
    words: set[str] = field(default_factory=set)
    """All that was ever said of a signed entry."""

    def remember(self) -> None:
        """What it says now is found from now on, whatever its amendments say."""
        self.words |= {self.said.get("title", ""), self.said.get("notes", ""), *self.said.get("tags", ()),
                       *(one.text for name in ("tasks", "actions") for one in self.said.get(name, ()))}


class AnyOrder(RuleBasedStateMachine):
    """Entries of two kinds, one of which two persons sign, by three people."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="log")))
        self.desk: LogDesk = self.wait(self.stack.enter_async_context(
            logdesk(folder, LogbookSettings(two_persons=(EntryType.EMERGENCY,)))))
        self.known: dict[int, Known] = {}
        self.read: dict[int, Entry] = {}
        """As somebody has them on the screen, perhaps long since."""

    def wait(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """The result of a use case."""
        return self.loop.run_until_complete(doing)

    def teardown(self) -> None:
        self.wait(self.desk.check())
        assert self.wait(audit.verify(self.desk.db)).ok
        self.wait(self.stack.aclose())
        self.loop.close()

    def pick(self, data: st.DataObject) -> int:
        """One of the entries."""
        return int(data.draw(st.sampled_from(sorted(self.known))))

    @rule(actor=PEOPLE, kind=FIELDS["type"], title=WORDS)
    def new(self, actor: Actor, kind: EntryType, title: str) -> None:
        made = self.wait(self.desk.service.new(actor, kind, title))
        self.known[made.id] = Known({"type": kind, "title": title})
        self.read[made.id] = made

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        number = self.pick(data)
        self.read[number] = self.wait(self.desk.service.entry(number))

    @precondition(lambda self: self.known)
    @rule(actor=PEOPLE, data=st.data(), fields=CHANGES)
    def save(self, actor: Actor, data: st.DataObject, fields: dict[str, Any]) -> None:
        number = self.pick(data)
        known, read = self.known[number], self.read[number]
        now = self.wait(self.desk.service.entry(number))
        saved, clash = self.saved(actor, read, fields)
        if clash is not None:
            assert all(getattr(now, name) != getattr(read, name) for name in clash.fields)
        if saved is None:
            assert clash is not None or known.state is not EntryState.OPEN
            assert self.wait(self.desk.service.entry(number)) == now
            return
        assert known.state is EntryState.OPEN
        for name, wanted in fields.items():
            if name not in ("tasks", "tags", "actions"):
                theirs = getattr(now, name)
                assert getattr(saved, name) == (theirs if wanted == getattr(read, name) else wanted)
        known.said |= {name: getattr(saved, name) for name in FIELDS}
        known.done = {one.text for one in saved.actions if one.done is not None}

    def saved(self, actor: Actor, read: Entry, fields: dict[str, Any]) -> tuple[Entry | None, Clash | None]:
        """What came of saving."""
        try:
            return self.wait(self.desk.save(actor, read, **fields)), None
        except NotNow:
            return None, None
        except Clash as clash:
            return None, clash

    @precondition(lambda self: self.known)
    @rule(actor=PEOPLE, data=st.data())
    def sign(self, actor: Actor, data: st.DataObject) -> None:
        number = self.pick(data)
        known = self.known[number]
        try:
            self.wait(self.desk.service.sign(actor, number))
        except NotNow:
            assert known.state in (EntryState.SIGNED, EntryState.DROPPED) or actor.name in known.signers
            return
        known.signers.append(actor.name)
        wanted = 2 if known.said["type"] is EntryType.EMERGENCY else 1
        known.state = EntryState.SIGNED if len(known.signers) == wanted else EntryState.WAITING
        if known.state is EntryState.SIGNED:
            known.remember()

    @precondition(lambda self: self.known)
    @rule(actor=PEOPLE, data=st.data(), fields=CHANGES)
    def amend(self, actor: Actor, data: st.DataObject, fields: dict[str, Any]) -> None:
        number = self.pick(data)
        known = self.known[number]
        try:
            made = self.wait(self.desk.service.amend(actor, number, fields, "why not"))
        except UsageError:
            return
        assert known.state is EntryState.SIGNED
        known.amended += 1
        assert made.seq == known.amended
        known.said |= fields
        known.done &= {one.text for one in known.said.get("actions", ())}
        known.remember()

    @precondition(lambda self: self.known)
    @rule(data=st.data(), what=st.sampled_from(["send back", "drop", "attach", "done", "undone"]))
    def other(self, data: st.DataObject, what: str) -> None:
        number = self.pick(data)
        known, service = self.known[number], self.desk.service
        actions = known.said.get("actions", ())
        try:
            if what == "send back":
                self.wait(service.send_back(SUE, number, "why"))
            elif what == "drop":
                self.wait(service.drop(SUE, number, "why"))
            elif what == "attach":
                self.wait(service.attach(ANA, number, "a.txt", b"a"))
            else:
                self.wait(service.finish_action(ANA, number, 0, done=what == "done"))
        except UsageError:
            return
        if what == "send back":
            assert known.state is EntryState.WAITING
            known.state, known.signers = EntryState.OPEN, []
        elif what == "drop":
            assert known.state in (EntryState.OPEN, EntryState.WAITING)
            known.state = EntryState.DROPPED
        elif what == "attach":
            assert known.state is EntryState.OPEN
            known.files += 1
        elif what == "done":
            known.done.add(actions[0].text)
        else:
            known.done.remove(actions[0].text)

    @rule(ms=st.sampled_from([1000, 3_600_000, -30_000]))
    def time(self, ms: int) -> None:
        self.desk.clock.go(ms)

    @invariant()
    def each_entry_is_as_it_was_left(self) -> None:
        for number, known in self.known.items():
            entry = self.wait(self.desk.service.entry(number))
            assert (entry.state, [one.actor for one in entry.signatures]) == (known.state, known.signers)
            assert {name: getattr(entry, name) for name in known.said if name != "actions"} == {
                name: value for name, value in known.said.items() if name != "actions"}
            assert [(one.text, one.done is not None) for one in entry.actions] == [
                (one.text, one.text in known.done) for one in known.said.get("actions", ())]
            assert bool(entry.seal) == (known.state is EntryState.SIGNED)

    @invariant()
    def lists_say_what_entries_say(self) -> None:
        found = self.wait(self.desk.service.find("is:open,waiting,signed,dropped"))
        assert sorted(found.numbers) == sorted(self.known)
        for row in self.wait(self.desk.service.rows(found, 0, 100)):
            known = self.known[row.id]
            actions = known.said.get("actions", ())
            assert (row.title, row.type, row.state, row.amended, row.attachments, row.counts[0], row.actions) == (
                known.said["title"], known.said["type"], known.state, known.amended, known.files,
                len(known.said.get("tasks", ())), sum(one.text not in known.done for one in actions))
        due = {(entry, one.text) for entry, _, one in self.wait(self.desk.service.due_actions())}
        assert due == {(number, one.text) for number, known in self.known.items()
                       if known.state is not EntryState.DROPPED for one in known.said.get("actions", ())
                       if one.text not in known.done}

    @invariant()
    def words_are_found_also_those_before_an_amendment(self) -> None:
        for word in ("disk", "été"):
            found = set(self.wait(self.desk.found(f'"{word}" is:signed')))
            assert found == {number for number, known in self.known.items()
                             if known.state is EntryState.SIGNED and word in known.words}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=25, deadline=None,
                                 suppress_health_check=list(HealthCheck))
