"""Any order of use cases, against a plain model of what has to be true afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.errors import NotNow, Unfinished
from opsconsole.checklists.model import Proposal, Verdict
from opsconsole.checklists.verifying import verify_runs
from opsconsole.core.errors import UsageError
from tests.checklists.checkdesk import EMERGENCY, NINE, checkdesk
from tests.tickets.desk import ANA, BEN, SUE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from opsconsole.core.identity import Actor
    from tests.checklists.checkdesk import CheckDesk

ITEMS = {"morning": ("home", "users", "words"), "evening": ("doors", "backup", "own"), "emergency": ("calm",)}
SLUGS = st.sampled_from(sorted(ITEMS))
PEOPLE = st.sampled_from([ANA, BEN, SUE])


class AnyOrder(RuleBasedStateMachine):
    """Runs of three templates, by three people; the model knows what was last said of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="any")))
        self.desk: CheckDesk = self.wait(self.stack.enter_async_context(checkdesk(folder)))
        self.said: dict[tuple[int, str], list[Verdict]] = {}
        self.runs: dict[str, int] = {}
        self.fixed: set[int] = set()

    def wait(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """The result of a use case."""
        return self.loop.run_until_complete(doing)

    def teardown(self) -> None:
        self.wait(self.desk.check())
        assert self.wait(verify_runs(self.desk.db)).ok
        self.wait(self.stack.aclose())
        self.loop.close()

    @rule(actor=PEOPLE, slug=SLUGS)
    def start(self, actor: Actor, slug: str) -> None:
        try:
            self.runs[slug] = self.wait(self.desk.service.start(actor, slug)).id
        except NotNow:
            return

    @precondition(lambda self: self.runs)
    @rule(actor=PEOPLE, data=st.data(), verdict=st.sampled_from([one for one in Verdict if one is not Verdict.OPEN]))
    def answer(self, actor: Actor, data: st.DataObject, verdict: Verdict) -> None:
        slug = data.draw(st.sampled_from(sorted(self.runs)))
        item = data.draw(st.sampled_from(ITEMS[slug]))
        number = self.runs[slug]
        value = 12.0 if item == "users" and verdict is Verdict.OK else "x" if item == "words" else None
        try:
            done = self.wait(self.desk.service.answer(actor, number, item, Reply(
                verdict=verdict, value=value if verdict in (Verdict.OK, Verdict.FAILED) else None, note="why")))
        except NotNow:
            return
        assert number not in self.fixed
        self.said.setdefault((number, item), []).append(done.answer.verdict)

    @precondition(lambda self: self.said)
    @rule(actor=PEOPLE, data=st.data())
    def take_back(self, actor: Actor, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.said)))
        try:
            back = self.wait(self.desk.service.take_back(actor, *key))
        except NotNow:
            return
        said = self.said[key]
        said.pop()
        assert back.verdict is (said[-1] if said else Verdict.OPEN)

    @precondition(lambda self: "evening" in self.runs)
    @rule(verdict=st.sampled_from([Verdict.OK, Verdict.FAILED]))
    def propose(self, verdict: Verdict) -> None:
        number, now = self.runs["evening"], self.desk.clock.now()
        made = self.wait(self.desk.service.propose(number, [Proposal(number, "own", now, verdict)]))
        for one in made:
            self.said.setdefault((number, one.item), []).append(one.verdict)

    @precondition(lambda self: self.runs)
    @rule(actor=PEOPLE, data=st.data())
    def sign(self, actor: Actor, data: st.DataObject) -> None:
        number = self.runs[data.draw(st.sampled_from(sorted(self.runs)))]
        try:
            run = self.wait(self.desk.service.sign(actor, number))
        except (NotNow, Unfinished):
            return
        if run.seal:
            self.fixed.add(number)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), what=st.sampled_from(["send back", "waive", "waive item", "defer", "resume", "ticket",
                                                    "begin"]))
    def other(self, data: st.DataObject, what: str) -> None:
        slug = data.draw(st.sampled_from(sorted(self.runs)))
        number, service, item = self.runs[slug], self.desk.service, ITEMS[slug][0]
        before = self.said.get((number, item))
        doing: Callable[[], Coroutine[Any, Any, Any]] = {
            "send back": lambda: service.send_back(SUE, number, "why"),
            "waive": lambda: service.waive(SUE, number, "why"),
            "waive item": lambda: service.waive_item(SUE, number, item, "why"),
            "defer": lambda: service.defer(ANA, [number], self.desk.clock.now() + 60_000, "why"),
            "resume": lambda: service.resume(ANA, number),
            "ticket": lambda: service.raise_ticket(ANA, number, item),
            "begin": lambda: service.begin(BEN, number)}[what]
        try:
            self.wait(doing())
        except UsageError:
            return
        if what == "waive":
            self.fixed.add(number)
        if what == "ticket" and not before:
            self.said[number, item] = [Verdict.FAILED]

    @rule(ms=st.sampled_from([1000, 60_000, 3_600_000, -30_000]))
    def time(self, ms: int) -> None:
        self.desk.clock.at = min(max(self.desk.clock.at + ms, NINE - 3_600_000), NINE + 30 * 3_600_000)
        self.wait(self.desk.service.open_due())

    @rule(more=st.booleans())
    def file(self, more: bool) -> None:
        self.desk.template("emergency", EMERGENCY + "      - {kind: tick, id: more, title: More}\n" * more)
        number = self.runs.get("emergency")
        if number is not None:
            try:
                self.wait(self.desk.service.adopt(ANA, number))
            except NotNow:
                return

    @invariant()
    def what_was_said_last_counts(self) -> None:
        for (number, item), said in self.said.items():
            step = self.wait(self.desk.service.walk(number)).step(item)
            assert step.verdict is (said[-1] if said else Verdict.OPEN)



TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=25, deadline=None,
                                 suppress_health_check=list(HealthCheck))
