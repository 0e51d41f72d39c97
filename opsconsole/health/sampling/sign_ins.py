"""Who is logged in, from where: from utmp, or from logind where the system has given utmp up.

Both are read only when they have changed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from opsconsole.health.model import SignIn
from opsconsole.health.sampling.mounts import text

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 200
_LONGEST: Final = 64_000


class SignIns:
    """The sign-ins of people.

    Args:
        run: the folder `/run`.
    """

    def __init__(self, run: Path) -> None:
        self._utmp = run / "utmp"
        self._sessions = run / "systemd" / "sessions"
        self._changed: object = None
        self._found: tuple[tuple[SignIn, int], ...] = ()

    def sample(self) -> tuple[SignIn, ...]:
        """Everybody who is logged in, in the order of signing in."""
        changed = _changed(self._utmp), _changed(self._sessions)
        if changed != self._changed:
            found = self._from_utmp() if changed[0] else []
            if not found and changed[1]:
                found = self._from_logind()
            self._found = tuple(sorted(found, key=lambda one: one[0].since)[:_MOST])
            self._changed = changed
        # A session that crashed leaves its entry behind.
        return tuple([sign_in for sign_in, pid in self._found if _lives(pid)])

    def _from_utmp(self) -> list[tuple[SignIn, int]]:
        import psutil  # noqa: PLC0415 - takes 15 ms; not needed where there is no utmp

        with suppress(OSError, UnicodeError, ValueError, RuntimeError):
            return [(SignIn(one.name or "", one.terminal or "", _origin(one.host), round(one.started * 1000)),
                     int(one.pid or 0)) for one in psutil.users()]
        return []

    def _from_logind(self) -> list[tuple[SignIn, int]]:
        found = []
        with suppress(OSError):
            for name in sorted(os.listdir(self._sessions))[:_MOST]:
                if not name.endswith(".ref"):
                    sign_in = session(_read(self._sessions / name))
                    if sign_in is not None:
                        found.append(sign_in)
        return found


def session(raw: bytes) -> tuple[SignIn, int] | None:
    """One person's session and its leading process, of a file in /run/systemd/sessions; None for any other session."""
    fields = dict(line.partition("=")[::2] for line in text(raw).split("\n"))
    since, leader = fields.get("REALTIME", ""), fields.get("LEADER", "")
    if not since.isascii() or not since.isdigit() or len(since) > 18 or not fields.get("USER"):
        return None
    if fields.get("CLASS", "user") not in ("user", "user-early") or fields.get("STATE") == "closing":
        return None
    if not fields.get("TTY") and fields.get("REMOTE") != "1":
        return None
    pid = int(leader) if leader.isascii() and leader.isdigit() and len(leader) < 10 else 0
    return SignIn(fields["USER"], fields.get("TTY", ""), _origin(fields.get("REMOTE_HOST")), int(since) // 1000), pid


def _origin(host: str | None) -> str:
    # A terminal of the machine itself has no host, or that of its X display.
    return "" if host is None or host in ("localhost", ":0") else host


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError:
        return b""


def _lives(pid: int) -> bool:
    if pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
