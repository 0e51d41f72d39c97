"""Talks to the service manager that started the agent (sd_notify(3)); says nothing where there is none."""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceManager:
    """systemd, as the environment of this process describes it: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID."""

    def __init__(self) -> None:
        self._notifier = _notifier() if os.environ.get("NOTIFY_SOCKET") else None
        self._status = ""
        self.watchdog = _watchdog(os.environ)
        """Seconds within which it wants a sign of life; None when it wants none."""

    def ready(self) -> None:
        """The start, or the reading of the configuration, has ended."""
        self._say("READY=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        if text != self._status:
            self._status = text
            self._say("STATUS=" + text.encode("ascii", "replace").decode().replace("\n", " "))

    def alive(self) -> None:
        """A sign of life."""
        self._say("WATCHDOG=1")

    def reloading(self) -> None:
        """The configuration is being read again."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._say("STOPPING=1")

    def patience(self, seconds: float) -> None:
        """The start takes so much longer."""
        self._say(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def close(self) -> None:
        """Says nothing more."""
        if self._notifier is not None:
            self._notifier.socket.close()
        self._notifier = None

    def _say(self, text: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(text)


def _notifier() -> Any:
    """A notifier that is connected; None where nobody listens."""
    from sdnotify import SystemdNotifier  # type: ignore[import-untyped]  # noqa: PLC0415 - only below systemd

    with warnings.catch_warnings():
        # It does not close a socket that cannot be connected.
        warnings.simplefilter("ignore", ResourceWarning)
        made = SystemdNotifier()
    if made.socket is None:
        return None
    # A service manager that hangs must not stop the agent's loop.
    made.socket.setblocking(False)
    return made


def _watchdog(env: Mapping[str, str]) -> float | None:
    text, pid = env.get("WATCHDOG_USEC", ""), env.get("WATCHDOG_PID", "")
    if not text.isdecimal() or not int(text) or (pid and pid != str(os.getpid())):
        return None
    return int(text) / 1_000_000
