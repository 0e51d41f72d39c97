"""Asks mounts and sensors in processes that can be killed, so that a dead NFS server freezes nothing.

One process (see `probe`) answers for all that is quick. What has not answered after `HANDOVER` keeps that
process, and a fresh one goes on with the others; what has not answered after `LIMIT` is silent, and its process
is killed. What was slow or silent is asked by a process of its own from then on, a silent one with growing
pauses, until it has answered quickly a few times. A process that cannot be killed (state D) is left behind and
its mount is not asked again before that one is gone: there is never more than one stuck process for each mount.

Nothing here waits, except `wait`, for as long as it is told.
"""

from __future__ import annotations

import logging
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.health.sampling.child import Child, reap_abandoned
from opsconsole.health.sampling.kernel import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Clock, Instant

HANDOVER: Final = 0.25
"""Seconds after which the others are asked by another process."""
LIMIT: Final = 2.0
"""Seconds after which something is silent."""
LONGEST_PAUSE: Final = 30.0
"""Seconds between two questions to something silent, at most."""
START_LIMIT: Final = 10.0
"""Seconds that a process may take to start: on a machine that swaps, that says nothing about any mount."""
_LEAST_AT_HEAD: Final = 0.5
_MOST_CHILDREN: Final = 12
_QUICK_ANSWERS: Final = 5
_LONGEST_LINE: Final = 200_000

_log = logging.getLogger(__name__)


class Space(NamedTuple):
    """Bytes and inodes as statvfs has them; `free` is what an ordinary user may still write."""

    total: int
    used: int
    free: int
    inodes_total: int
    inodes_used: int


class Reply(NamedTuple):
    """What is known of one thing that was asked."""

    text: str = ""
    """The newest answer; empty before the first one and while it is silent."""
    silent_since: Instant | None = None
    error: int = 0
    """The errno it answered with."""


class _Target:
    """One thing that is asked: a mount, or all sensors."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.reply = Reply()
        self.asked: float | None = None
        """Monotonic; None while nothing is under way."""
        self.asked_at: Instant = 0
        self.alone = False
        self.quick = 0
        self.failures = 0
        self.next_try = 0.0
        self.stuck: Child | None = None


class _Lane:
    """One process and the targets that it still owes an answer, in their order."""

    def __init__(self, child: Child, started: float, owner: _Target | None = None) -> None:
        self.child = child
        self.started = started
        self.ready_at: float | None = None
        self.owner = owner
        """The only target that is asked here; None for the process that all share."""
        self.owed: list[_Target] = []
        self.head_since = 0.0
        self.unsent = b""
        self.received = b""
        self.slow = False
        """Its first request takes so long that the others were handed over; what it says of them is not heard."""

    def send(self) -> None:
        if self.unsent:
            self.unsent = self.unsent[self.child.write(self.unsent):]


class Prober:
    """Keeps the newest answers of mounts and sensors.

    Args:
        clock: where time comes from.
        command: the probe program; tests hand in another one.
        handover: see `HANDOVER`.
        limit: see `LIMIT`.
    """

    def __init__(self, clock: Clock, *, command: tuple[str, ...] | None = None, handover: float = HANDOVER,
                 limit: float = LIMIT) -> None:
        self._clock = clock
        self._command = command or (sys.executable, "-I", "-S", str(Path(__file__).with_name("probe.py")))
        self._handover, self._limit = handover, limit
        self._targets: dict[bytes, _Target] = {}
        self._shared: _Lane | None = None
        self._lanes: list[_Lane] = []
        self._starts_failed = 0
        self._start_after = 0.0
        self.gap = ""
        """Why nothing can be asked at all; empty when all is well."""

    # Asking

    def ask(self, requests: Iterable[bytes], *, known: Iterable[bytes]) -> None:
        """Sends requests that are not under way already; forgets targets that are not `known` any more."""
        reap_abandoned()
        self.tend()
        now, at = self._clock.monotonic(), self._clock.now()
        for gone in self._targets.keys() - set(known):
            target = self._targets.pop(gone)
            for lane in [lane for lane in self._lanes if lane.owner is target]:
                self._drop(lane)
        shared: list[_Target] = []
        for request in requests:
            target = self._targets.setdefault(request, _Target(request))
            if target.asked is not None or now < target.next_try or not self._free_of_stuck(target):
                continue
            if target.alone:
                self._send(self._own_lane(target), [target], now, at)
            else:
                shared.append(target)
        if shared:
            self._send(self._shared_lane(), shared, now, at)

    def reply(self, request: bytes) -> Reply:
        """What is known of one target."""
        target = self._targets.get(request)
        return target.reply if target else Reply()

    def wait(self, seconds: float) -> None:
        """Waits for the answers of those that are usually quick, no longer than given."""
        until = self._clock.monotonic() + seconds
        while True:
            self.tend()
            left = until - self._clock.monotonic()
            outputs = [lane.child.output for lane in self._lanes
                       if lane.child.output is not None and any(not target.alone for target in lane.owed)
                       and not lane.slow]
            if left <= 0 or not outputs:
                return
            poll = select.poll()
            for output in outputs:
                poll.register(output, select.POLLIN)
            if not poll.poll(left * 1000):
                return

    def due(self) -> float | None:
        """Seconds until `tend` has something to decide; None when nothing is under way."""
        now = self._clock.monotonic()
        moments = [self._deadline(lane) if lane.ready_at is None or lane.slow or len(lane.owed) == 1
                   else lane.head_since + self._handover for lane in self._lanes if lane.owed]
        return max(0.0, min(moments) - now) if moments else None

    # What happens meanwhile

    def tend(self) -> bool:
        """Takes answers, replaces processes that hang or died. Whether something fell silent or spoke again."""
        now = self._clock.monotonic()
        before = [(target, target.reply.silent_since is None) for target in self._targets.values()]
        for lane in list(self._lanes):
            self._receive(lane, now)
        for lane in list(self._lanes):
            if lane.owed and now >= self._deadline(lane):
                if lane.ready_at is None:
                    self._died(lane, now, "its process does not start")
                else:
                    self._fall_silent(lane, now)
            elif (len(lane.owed) > 1 and lane.ready_at is not None and not lane.slow
                  and now - lane.head_since >= self._handover):
                self._hand_over(lane, now)
        return any(spoke is not (target.reply.silent_since is None) for target, spoke in before)

    def close(self) -> None:
        """Kills all processes; waits for none."""
        for lane in self._lanes:
            lane.child.abandon()
        self._lanes.clear()
        self._shared = None
        self._targets.clear()

    def pids(self) -> tuple[int, ...]:
        """The processes that answer at the moment."""
        return tuple(lane.child.pid for lane in self._lanes)

    # Inside

    def _deadline(self, lane: _Lane) -> float:
        if lane.ready_at is None:
            return lane.started + START_LIMIT
        asked = lane.owed[0].asked
        return max((lane.ready_at if asked is None else max(asked, lane.ready_at)) + self._limit,
                   lane.head_since + min(_LEAST_AT_HEAD, self._limit))

    def _receive(self, lane: _Lane, now: float) -> None:
        try:
            lane.send()
        except OSError:
            self._died(lane, now)
            return
        data = lane.child.read()
        if data is None or len(lane.received) > _LONGEST_LINE:
            self._died(lane, now)
            return
        if not data:
            return
        *lines, lane.received = (lane.received + data).split(b"\n")
        for line in lines:
            if lane.ready_at is None:
                # It greets first, so that the time of starting is nobody's silence.
                lane.ready_at = lane.head_since = now
            elif lane.owed:
                self._starts_failed, self.gap = 0, ""
                target = lane.owed.pop(0)
                self._answered(target, line.decode("ascii", "replace"), late=now - lane.head_since >= self._handover)
                lane.head_since = now
        if not lane.owed and lane is not self._shared and (lane.slow or lane.owner is None or not lane.owner.alone):
            self._drop(lane)

    def _answered(self, target: _Target, text: str, *, late: bool) -> None:
        word, _, rest = text.partition(" ")
        if word == "!":
            target.reply = Reply(error=int(rest) if rest.isdigit() and len(rest) < 5 else 5)
        else:
            target.reply = Reply(text)
        target.asked = None
        target.failures, target.next_try = 0, 0.0
        target.quick = 0 if late else target.quick + 1
        if late or target.quick >= _QUICK_ANSWERS:
            target.alone = late

    def _hand_over(self, lane: _Lane, now: float) -> None:
        lane.slow = True
        if self._shared is lane:
            self._shared = None
        rest = lane.owed[1:]
        fresh = self._shared_lane()
        if fresh is None:
            return
        del lane.owed[1:]
        self._queue(fresh, rest, now)

    def _fall_silent(self, lane: _Lane, now: float) -> None:
        target, *rest = lane.owed
        silent_since = target.reply.silent_since
        target.reply = Reply(silent_since=target.asked_at if silent_since is None else silent_since)
        target.asked, target.alone, target.quick = None, True, 0
        target.failures += 1
        # The first time it may have been the process that hung, not the mount: so it is asked again at once.
        target.next_try = now + min(LONGEST_PAUSE, self._limit * 2 ** (target.failures - 1)) * (target.failures > 1)
        self._drop(lane)
        if not lane.child.dead:
            target.stuck = lane.child
        self._queue(self._shared_lane() if rest else None, rest, now)

    def _died(self, lane: _Lane, now: float, why: str = "its process ended unexpectedly") -> None:
        owed = list(lane.owed)
        self._drop(lane)
        for target in owed:
            target.asked = None
        if owed:
            if lane.ready_at is not None:
                # The first one may be what kills it; the others are simply asked again in the next pass.
                owed[0].alone, owed[0].quick = True, 0
            self._not_started(why, now)

    def _drop(self, lane: _Lane) -> None:
        self._lanes.remove(lane)
        if self._shared is lane:
            self._shared = None
        lane.child.abandon()

    def _free_of_stuck(self, target: _Target) -> bool:
        if target.stuck is not None and target.stuck.reap():
            target.stuck = None
        return target.stuck is None

    def _shared_lane(self) -> _Lane | None:
        if self._shared is None:
            self._shared = self._start()
        return self._shared

    def _own_lane(self, target: _Target) -> _Lane | None:
        return next((lane for lane in self._lanes if lane.owner is target), None) or self._start(target)

    def _start(self, owner: _Target | None = None) -> _Lane | None:
        now = self._clock.monotonic()
        if now < self._start_after or len(self._lanes) >= _MOST_CHILDREN:
            return None
        try:
            lane = _Lane(Child(self._command, {}, talkative=True), now, owner)
        except OSError as error:
            self._not_started(error.strerror or str(error), now)
            return None
        self._lanes.append(lane)
        return lane

    def _not_started(self, why: str, now: float) -> None:
        self._starts_failed += 1
        if self._starts_failed > 1:
            self._start_after = now + min(LONGEST_PAUSE, 0.5 * 2 ** self._starts_failed)
            self.gap = f"Mounts and sensors cannot be asked: {why}."
            _log.warning("probe: %s", why)

    def _send(self, lane: _Lane | None, targets: list[_Target], now: float, at: Instant) -> None:
        for target in targets:
            target.asked, target.asked_at = now, at
        self._queue(lane, targets, now)

    def _queue(self, lane: _Lane | None, targets: list[_Target], now: float) -> None:
        if lane is None:
            for target in targets:
                target.asked = None
            return
        if not lane.owed:
            lane.head_since = now
        lane.owed += targets
        lane.unsent += b"".join(target.request + b"\n" for target in targets)
        try:
            lane.send()
        except OSError:
            self._died(lane, now)


def mount_request(path: bytes) -> bytes:
    """The request for the space of the file system at a path."""
    return b"m " + path.hex().encode()


def sensors_request(root: bytes) -> bytes:
    """The request for all sensors below a folder such as /sys."""
    return b"s " + root.hex().encode()


def space(text: str) -> Space | None:
    """An answer about a mount, calculated as `df` does; None for nonsense."""
    try:
        size, blocks, free, available, inodes, free_inodes = (int(word) for word in text.split())
    except ValueError:
        return None
    if min(size, blocks, free, available, inodes, free_inodes) < 0:
        return None
    # The kernel's field is unsigned, but some file systems put a negative number there when the reserve is in use.
    available = 0 if available >= 1 << 63 else available
    figures = (size * blocks, max(0, blocks - free) * size, available * size, inodes, max(0, inodes - free_inodes))
    return Space(*[min(figure, LARGEST) for figure in figures])
