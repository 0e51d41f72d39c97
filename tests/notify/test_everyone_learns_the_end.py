"""Whatever fires, ends, fails, crashes and is silenced: in the end nobody believes that something fires that does not.

A machine plays the agent, the alerts with their silences, the channels with their failures, and the people, who believe
what they were last told.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opsconsole.notify import delivery
from opsconsole.notify.model import MessageState, NoticeKind, Result
from tests.notify.bench import DAY, HOUR, MINUTE, SECOND, Bench

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from opsconsole.notify.sending import Parcel, Receipt
    from opsconsole.notify.settings import Channel

T = TypeVar("T")
SETTINGS = """
channels: {mail: {kind: exec, command: [x]}, chat: {kind: exec, command: [x]}, pager: {kind: exec, command: [x]}}
contacts:
  ana: {channels: [mail, pager], after_hours: [pager], quiet: {from: 22:00, to: 07:00}}
  ben: {channels: [mail]}
rotations: {primary: {layers: [{people: [ana, ben], turn: daily, starts: 09:00}]}}
ladders: {main: {steps: [{tell: ["oncall:primary"], within: 20m}, {tell: [ana, ben], within: 20m}], repeat: 1}}
routes:
- {severity: [critical], tell: ["oncall:primary"], group: 0s}
- {hours: business, tell: ["channel:chat"]}
- {severity: [info, warning], tell: [ben]}
remind: {critical: 1h}
storm: {messages: 6, within: 10m}
"""
HOW = ("ok", "ok", "ok", "fails", "unsure, arrived", "unsure, lost", "crash before", "crash within, arrived",
       "crash within, lost", "crash after", "slow, arrived", "slow, lost")
"""How sending ends. A crash is the agent's; after `slow` the sending process works on and ends some time later."""
THREADS = ("alert:1", "alert:2", "alert:3")


class Machine(RuleBasedStateMachine):
    """See the module."""

    @initialize(group=st.sampled_from(["group: 0s", "group: 30s"]))
    def begin(self, group: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.bench = self.wait(Bench.open(Path(self.folder.name), f"{SETTINGS}{group}\n"))
        self.how: list[str] = []
        self.firing: dict[str, str] = {}
        self.silenced: set[str] = set()
        self.put: set[str] = set()
        # Since when, so that an older end that comes later is not mistaken for the present one's.
        self.believes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.perhaps: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.seen: set[str] = set()
        self.working: list[tuple[int, str, bool]] = []
        self.patch = mock.patch.object(delivery, "send", self.send)
        self.patch.start()

    def wait(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(work)

    async def send(self, channel: Channel, parcels: Sequence[Parcel], receipt: Receipt) -> list[Result]:
        results = []
        for parcel in parcels:
            how = self.how.pop() if self.how else "ok"
            if how == "crash before":
                raise asyncio.CancelledError
            self.write(receipt.descriptor, {"start": parcel.id})
            if how in {"ok", "crash after"} or how.endswith("arrived"):
                self.arrive(parcel)
            if "," in how:
                self.maybe(parcel)
            if how.startswith("slow"):
                # A second handle of the same open file: it stays locked, as by the process that works on.
                self.working.append((os.dup(receipt.descriptor), parcel.id, how.endswith("arrived")))
            if how.startswith(("crash within", "slow")):
                raise asyncio.CancelledError
            result = Result(parcel.id, how in {"ok", "crash after"}, how, how.startswith("unsure"))
            self.noted(receipt.descriptor, result)
            if how == "crash after":
                raise asyncio.CancelledError
            results.append(result)
        return results

    def write(self, descriptor: int, line: dict[str, object]) -> None:
        os.write(descriptor, f"{json.dumps(line)}\n".encode())

    def noted(self, descriptor: int, result: Result) -> None:
        self.write(descriptor, result._asdict())

    def arrive(self, parcel: Parcel) -> None:
        if parcel.id in self.seen:
            assert parcel.repeat, "told twice, and does not say so"
            return
        self.seen.add(parcel.id)
        who = (parcel.channel, parcel.contact)
        for told in parcel.notices:
            thread, kind = told["thread"], NoticeKind(told["kind"])
            if kind is NoticeKind.RESOLVED:
                knew = thread in self.believes[who] or thread in self.perhaps[who]
                assert knew or told["untold_since"] is not None, "the end of what nobody here was told of"
                if told["at"] >= self.believes[who].get(thread, 0):
                    self.believes[who].pop(thread, None)
                    self.perhaps[who].discard(thread)
            elif kind is not NoticeKind.NOTE:
                self.believes[who][thread] = told["at"]

    def maybe(self, parcel: Parcel) -> None:
        """Nobody knows whether it arrived, so an end may be told to somebody who has heard of it already."""
        self.perhaps[parcel.channel, parcel.contact].update(told["thread"] for told in parcel.notices)

    async def beat(self) -> None:
        for name in self.bench.jobs:
            if name != "notify.prune":
                try:
                    await self.bench.run(name)
                except asyncio.CancelledError:
                    self.bench.restart()
                    return

    @rule(thread=st.sampled_from(THREADS), severity=st.sampled_from(["critical", "critical", "warning", "info"]),
          ladder=st.sampled_from(["", "main"]))
    def fire(self, thread: str, severity: str, ladder: str) -> None:
        if thread not in self.firing:
            self.firing[thread] = severity
            if thread not in self.silenced:
                self.put.add(thread)
                self.wait(self.bench.fire(thread, severity=severity, title=thread, ladder=ladder))

    @rule(thread=st.sampled_from(THREADS))
    def end(self, thread: str) -> None:
        if (severity := self.firing.pop(thread, None)) is not None and thread in self.put:
            self.put.discard(thread)
            self.wait(self.bench.fire(thread, "resolved", severity, thread))

    @rule(thread=st.sampled_from(THREADS))
    def worse(self, thread: str) -> None:
        if thread in self.put and self.firing[thread] != "critical":
            self.firing[thread] = "critical"
            self.wait(self.bench.fire(thread, "worse", title=thread))

    @rule(thread=st.sampled_from(THREADS))
    def silence(self, thread: str) -> None:
        self.silenced.add(thread)
        self.wait(self.bench.turn("hold", thread))

    @rule(thread=st.sampled_from(THREADS))
    def unsilence(self, thread: str) -> None:
        self.silenced.discard(thread)
        self.wait(self.bench.turn("free", thread))
        if thread in self.firing and thread not in self.put:
            self.put.add(thread)
            self.wait(self.bench.fire(thread, severity=self.firing[thread], title=thread))

    @rule(thread=st.sampled_from(THREADS))
    def acknowledge(self, thread: str) -> None:
        self.wait(self.bench.acknowledge(thread))

    @rule(thread=st.sampled_from(THREADS))
    def give_back(self, thread: str) -> None:
        self.wait(self.bench.turn("give_back", thread))

    @rule(how=st.lists(st.sampled_from(HOW), max_size=6))
    def channels(self, how: list[str]) -> None:
        self.how = how

    @rule(noted=st.booleans())
    def slow_ends(self, noted: bool) -> None:
        for descriptor, name, arrived in self.working:
            if noted:
                self.noted(descriptor, Result(name, arrived, "at last", not arrived))
            os.close(descriptor)
        self.working = []

    @rule(length=st.sampled_from([0, 0, SECOND, SECOND, 31 * SECOND, 5 * MINUTE, HOUR, 9 * HOUR]),
          times=st.integers(1, 3))
    def go(self, length: int, times: int) -> None:
        for _ in range(times):
            self.bench.clock.at += length
            self.wait(self.beat())

    @rule()
    def restart(self) -> None:
        self.bench.restart()

    @invariant()
    def nothing_is_left_behind(self) -> None:
        if hasattr(self, "bench"):
            files = len(list((Path(self.folder.name) / "outbox").glob("*")))
            assert files <= len(self.wait(self.bench.messages(MessageState.SENDING)))

    def teardown(self) -> None:
        if not hasattr(self, "bench"):
            return
        try:
            for thread in THREADS:
                self.end(thread)
            self.how = []
            self.slow_ends(True)
            for length in (0, MINUTE, HOUR, 12 * HOUR, DAY, HOUR, MINUTE, MINUTE, MINUTE):
                self.go(length, 2)
            assert {who: left for who, left in self.believes.items() if left} == {}
            assert self.wait(self.bench.messages(MessageState.WAITING, MessageState.SENDING, MessageState.FAILED)) == []
            assert self.wait(self.bench.db.rows("SELECT * FROM outbox_told")) == []
            assert self.wait(self.bench.db.rows("SELECT * FROM outbox_thread")) == []
        finally:
            self.patch.stop()
            self.wait(self.bench.close())
            self.loop.close()
            self.folder.cleanup()


TestEveryoneLearnsTheEnd = Machine.TestCase
TestEveryoneLearnsTheEnd.settings = settings(max_examples=25, stateful_step_count=40)
