"""Names of user ids, without ever waiting for a directory server.

Local names come from /etc/passwd. Others (LDAP, sssd) are asked with `getent` in a process that can be killed;
until it has answered, and where nobody knows the id, the number stands for the name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from opsconsole.health.sampling.child import Errand
from opsconsole.health.sampling.mounts import text

_LIMIT: Final = 5.0
_MOST_ASKED: Final = 50


class Users:
    """The names of users by id.

    Args:
        passwd: the file of local users.
    """

    def __init__(self, passwd: Path = Path("/etc/passwd")) -> None:
        self._passwd = passwd
        self._changed: int | None = None
        self._local: dict[int, str] = {}
        self._foreign: dict[int, str] = {}
        self._asked: set[int] = set()
        self._wanted: set[int] = set()
        self._errand: Errand | None = None

    def name(self, uid: int) -> str:
        """The name of an id, or the id itself while it is not known."""
        name = self._local.get(uid) or self._foreign.get(uid)
        if name is None:
            if uid not in self._asked:
                self._wanted.add(uid)
            return str(uid)
        return name

    def refresh(self, now: float) -> bool:
        """Reads changes, sends and takes questions; whether names have changed. `now` is monotonic seconds."""
        changed = self._refresh_local()
        if self._errand is not None and self._errand.poll(now):
            found = parse_passwd(self._errand.output or b"")
            changed = changed or bool(found)
            self._foreign.update(found)
            self._errand = None
        unknown = sorted(self._wanted - self._local.keys())[:_MOST_ASKED]
        if unknown and self._errand is None:
            self._asked.update(unknown)
            # It exits with 2 when one of the ids is unknown, and still prints the others.
            script = 'getent passwd "$@"; exit 0'
            self._errand = Errand(("sh", "-c", script, "sh", *[str(uid) for uid in unknown]), _LIMIT, now)
        self._wanted -= self._asked | self._local.keys()
        return changed

    def _refresh_local(self) -> bool:
        try:
            changed = self._passwd.stat().st_mtime_ns
            if changed == self._changed:
                return False
            self._local = parse_passwd(self._passwd.read_bytes())
        except OSError:
            return False
        self._changed = changed
        return True

    def close(self) -> None:
        """Ends what is under way."""
        if self._errand is not None:
            self._errand.stop()
            self._errand = None


def parse_passwd(raw: bytes) -> dict[int, str]:
    """Ids and names of lines as in passwd(5); the first name of an id counts, broken lines are left out."""
    names: dict[int, str] = {}
    for line in raw.split(b"\n"):
        fields = line.split(b":")
        if len(fields) >= 4 and fields[0] and fields[2].isdigit() and len(fields[2]) <= 10:
            names.setdefault(int(fields[2]), text(fields[0]))
    return names
