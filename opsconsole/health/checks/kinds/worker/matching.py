"""Which lines of a log count, and as what."""

from __future__ import annotations

import re
import signal
from collections import Counter, deque
from typing import TYPE_CHECKING, Final, Self

from opsconsole.health.checks.kinds.worker.following import TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LINE: Final = 4_096
"""Characters of a line that patterns see."""
TIME: Final = 2.0
"""Seconds of processor time that patterns may take in one run."""
SHOWN: Final = 10
"""Lines that are kept to be shown."""
_SHOWN_LENGTH: Final = 500

ERRORS: Final = (r"(?:(?:error|exception)\b|fatal|panic|traceback|\b(?:err|crit(?:ical)?|alert|emerg(?:ency)?|"
                 r"fail(?:ed|ure)?|segfault|out of memory|oom-kill(?:er)?)\b)")
"""What looks like an error, where the settings do not say what counts."""
CATEGORIES: Final = {
    "authentication": r"authenticat|unauthori[sz]ed|forbidden|log-?in\b|sign[- ]?in\b|password|credential|\bpam_|"
                      r"(?:permission|access) denied|invalid (?:user|token)|token (?:expired|invalid)|"
                      r"\bjwt\b|\b40[13]\b",
    "database": r"database|\bsql|postgres|psycopg|\bpg_|mysql|mariadb|sqlite|mongo|redis|deadlock|duplicate key|"
                r"too many connections|foreign key|\borm\b",
    "validation": r"validat|invalid|malformed|bad request|unprocessable|\b4(?:00|22)\b|(?:missing|required) (?:field|"
                  r"parameter|argument|value)|unexpected token|pars(?:e|ing) error|schema",
    "external_service": r"upstream|gateway|time[d-]? ?out|unreachable|connection (?:refused|reset|closed|aborted)|"
                        r"\beconn|etimedout|getaddrinfo|name resolution|resolve host|\b50[234]\b|webhook|\bsmtp|"
                        r"\bapi\b|\btls\b|\bssl\b|certificate"}
"""In this order, the first that fits; what fits none is `unknown`."""
SIGN_INS: Final = (r"Failed (?:password|publickey|none|keyboard-interactive/pam) for |FAILED (?:LOGIN|SU)\b|FAIL LOGIN|"
                   r"(\d{1,4}) incorrect password attempt|user NOT in sudoers|auth(?:entication)? failed|"
                   r"pam_unix\((?!sshd|sudo|su:|su-l|login)[^)]*:auth\): authentication failure")
"""Failed sign-ins, as sshd, sudo, login, su, mail and FTP servers word them; one line for each attempt."""
HINTS: Final = ("err", "exception", "fatal", "panic", "traceback", "crit", "alert", "emerg", "fail", "segfault",
                "out of memory", "oom-kill", "incorrect", "sudoers")
"""In small letters; each line that `ERRORS` or `SIGN_INS` fit holds one. Looking for them takes a tenth of the time."""
_REPEATED: Final = r"message repeated (\d{1,4}) times: \["


class TimeLimit:
    """Hands lines on until that has taken too much processor time, then raises TooSlow, even within a pattern.

    Only for the main thread of a process; used as a context manager.
    """

    def __init__(self, take: Callable[[list[str]], None], seconds: float = TIME) -> None:
        self._take, self._seconds = take, seconds
        self._inside = self._over = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGVTALRM, self._expire)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self._before)

    def _expire(self, *_: object) -> None:
        self._over = True
        if self._inside:
            raise TooSlow

    def take(self, lines: list[str]) -> None:
        """Hands lines on; raises TooSlow."""
        if self._over:
            raise TooSlow
        self._inside = True
        try:
            self._take(lines)
        finally:
            self._inside = False


class Matcher:
    """Counts the lines that match.

    Args:
        pattern: what counts; empty for what looks like an error.
        ignore: what never counts; empty for nothing.
        categories: patterns by name, the first that fits; these lines count even where `pattern` does not fit.
    """

    def __init__(self, pattern: str, ignore: str, categories: Mapping[str, str]) -> None:
        self._pattern = re.compile(pattern) if pattern else re.compile(ERRORS, re.IGNORECASE)
        self._usual_only = not pattern and not categories
        self._ignore = re.compile(ignore) if ignore else None
        self._own = [(name, re.compile(text)) for name, text in categories.items()]
        self._usual = [(name, re.compile(text, re.IGNORECASE)) for name, text in CATEGORIES.items()
                       if name not in categories]
        self._sign_in, self._repeated = re.compile(SIGN_INS), re.compile(_REPEATED)
        self.lines = self.matches = self.sign_ins = 0
        self.counts: Counter[str] = Counter({name: 0 for name, _ in (*self._own, *self._usual)} | {"unknown": 0})
        self.last: deque[str] = deque(maxlen=SHOWN)

    def take(self, lines: list[str]) -> None:
        """Counts some lines; of each, the first `LINE` characters."""
        self.lines += len(lines)
        text = "\n".join(lines).lower()
        hints = [hint for hint in HINTS if hint in text]
        if hints or not self._usual_only:
            for line in lines:
                self._look(line if len(line) <= LINE else line[:LINE], hints)

    def _look(self, line: str, hints: list[str]) -> None:
        lower = line.lower()
        hinted = any(hint in lower for hint in hints)
        if self._usual_only and not hinted:
            return
        if self._ignore is not None and self._ignore.search(line):
            return
        if hinted and (sign_in := self._sign_in.search(line)):
            self.sign_ins += self._attempts(line, sign_in)
        own = next((name for name, each in self._own if each.search(line)), None)
        if own is not None or self._pattern.search(line):
            self._count(line, own)

    def result(self) -> dict[str, object]:
        """lines, matches, counts (by category), sign_ins, last (lines that matched)."""
        return {"lines": self.lines, "matches": self.matches, "counts": dict(self.counts), "sign_ins": self.sign_ins,
                "last": [printable(line) for line in self.last]}

    def _count(self, line: str, category: str | None) -> None:
        self.matches += 1
        self.last.append(line[:_SHOWN_LENGTH])
        self.counts[category or next((name for name, each in self._usual if each.search(line)), "unknown")] += 1

    def _attempts(self, line: str, found: re.Match[str]) -> int:
        repeated = self._repeated.search(line)
        return (int(found[1]) if found[1] else 1) * (int(repeated[1]) if repeated else 1)


def printable(line: str) -> str:
    """A line that can be stored: bytes that are no UTF-8 are spelled out."""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
