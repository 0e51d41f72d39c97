"""Samples in a thread of its own, again and again, and hands each snapshot over."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.health.model import Snapshot

SECOND_AFTER: Final = 0.1
"""Seconds between the first two passes: long enough for shares and rates, short enough not to be waited for."""
_LONGEST_PAUSE: Final = 60.0
_STOP_LIMIT: Final = 0.4

_log = logging.getLogger(__name__)


class Source(Protocol):
    """What is sampled; `Sampler` is it. Used by one thread."""

    def sample(self, processes: int | None = 0) -> Snapshot:
        """One measurement with that many processes; None for all."""

    def tend(self) -> bool:
        """Looks after questions under way; whether a new sample is worth taking at once."""

    def due(self) -> float | None:
        """Seconds until `tend` should be called; None for never."""

    def close(self) -> None:
        """Ends all that was started."""


class LiveSampler:
    """A daemon thread that samples; the next pass is armed when the last one has ended.

    A pass that fails is logged and tried again after a growing pause with a new source; it is told once, until
    passes work again.

    Args:
        make_sampler: makes the source; called in the thread, so that what it imports delays nobody.
        interval: seconds between two passes.
        deliver: takes each snapshot; called in the thread.
        failed: takes one sentence when passes begin to fail; called in the thread.
    """

    def __init__(self, make_sampler: Callable[[], Source], interval: float, deliver: Callable[[Snapshot], None],
                 failed: Callable[[str], None] | None = None) -> None:
        self._make = make_sampler
        self._interval = interval
        self._deliver = deliver
        self._failed = failed
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._wanted: int | None = 0
        self._soon = True
        self._outdated = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins with a pass at once; does nothing while it runs."""
        if self._thread is None:
            self._stopping.clear()
            self._soon = True
            self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread and all its processes; returns within half a second, even when a pass hangs."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            self._wake.set()
            if thread is not threading.current_thread():
                thread.join(_STOP_LIMIT)
                if thread.is_alive():
                    _log.warning("a pass hangs and is left behind")

    def ask(self) -> None:
        """A pass at once, or right after the one under way."""
        self._wake.set()

    def want_processes(self, wanted: bool | int) -> None:
        """Whether snapshots hold processes: True for all, a number for the busiest ones, False for none."""
        count = (None if wanted else 0) if isinstance(wanted, bool) else max(0, wanted)
        if count != self._wanted:
            # The use of a process is known from its second pass on.
            self._soon = self._soon or self._wanted == 0
            more = count is None or (self._wanted is not None and count > self._wanted)
            self._wanted = count
            if more:
                self._wake.set()

    def renew(self, interval: float) -> None:
        """Another interval and a new source, because what it is made from has changed."""
        self._interval = interval
        self._outdated = self._soon = True
        self._wake.set()

    def _run(self) -> None:
        source: Source | None = None
        failures = 0
        while not self._stopping.is_set():
            self._wake.clear()
            if self._outdated:
                self._outdated = False
                self._close(source)
                source = None
            soon, self._soon = self._soon, False
            try:
                if source is None:
                    source = self._make()
                self._deliver(source.sample(self._wanted))
            except Exception as error:  # noqa: BLE001 - whatever fails, the thread goes on
                if self._stopping.is_set():
                    break
                failures += 1
                self._fail(error, first=failures == 1)
                self._close(source)
                source = None
            else:
                failures = 0
            if failures:
                self._pause(None, min(_LONGEST_PAUSE, self._interval * 2 ** failures))
            else:
                self._pause(source, min(SECOND_AFTER, self._interval) if soon else self._interval)
        self._close(source)

    def _fail(self, error: Exception, *, first: bool) -> None:
        if not first:
            _log.warning("sampling still fails: %r", error)
            return
        _log.exception("sampling fails")
        if self._failed is not None:
            try:
                self._failed(f"The host cannot be measured: {type(error).__name__}: {error}. It is tried again.")
            except Exception:  # noqa: BLE001 - it is somebody else's callback
                _log.exception("nobody could be told that sampling fails")

    def _close(self, source: Source | None) -> None:
        if source is not None:
            try:
                source.close()
            except OSError:
                _log.exception("the sampler could not be closed")

    def _pause(self, source: Source | None, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            due = source.due() if source is not None else None
            if self._wake.wait(left if due is None else min(left, max(0.01, due))):
                return
            if source is not None and due is not None and source.tend():
                return
