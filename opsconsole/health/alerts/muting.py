"""Whether nobody is to be told of an alert: it is silenced, in maintenance, or what it depends on is down."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.core.text import storable
from opsconsole.health.alerts.checking import BETWEEN
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.settings import is_builtin
from opsconsole.health.alerts.text import why_muted
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.alerts.recording import Known
    from opsconsole.health.alerts.sights import Seen, Sight
    from opsconsole.health.alerts.watches import Rulebook, Watch


class Blocked(NamedTuple):
    """An alert that was not told because of something that was critical, and when that was seen so last."""

    by: str
    at: Instant


class Muting:
    """Remembers what muted what, so that nobody is told before something was seen of it after its cause ended."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._blocked: dict[str, Blocked] = {}

    def why(self, watch: Watch, windows: Iterable[Window], now: Instant) -> str:
        """Which silence or maintenance mutes it, in words; empty when none does."""
        for one in windows:
            if one.active(now) and one.mutes(watch.detail.names, self._book.known_as(watch.depends)):
                return why_muted(one, now)
        return ""

    def covered(self, window: Window, alert: Alert) -> bool:
        """Whether a silence or maintenance is about an alert, or about what it needs."""
        watch = self._book.again(alert.key)
        return window.mutes(alert.detail.names, self._book.known_as(watch.depends) if watch is not None else ())

    def needed(self, watch: Watch, sight: Sight | None, critical: Mapping[str, Instant], seen: Seen) -> str:
        """Which dependency keeps it from being told, in words; empty when none does.

        Args:
            watch: what it is.
            sight: what is seen of it now.
            critical: the dependencies that are critical now, and when they were found so.
            seen: what the agent knows.
        """
        key = watch.key
        for name in watch.depends:
            if name in critical:
                self._blocked[key] = Blocked(name, critical[name])
                return f"not told while {name} is critical"
        blocked = self._blocked.get(key)
        if blocked is None:
            return ""
        outcome = seen.outcomes.get(blocked.by)
        free = outcome.at if outcome is not None and blocked.by in watch.depends else blocked.at
        if blocked.by in watch.depends and (sight is None or sight.seen.at <= free):
            return f"not told before it was seen again after {blocked.by} recovered"
        del self._blocked[key]
        return ""

    def group(self, watch: Watch, critical: Mapping[str, Instant]) -> str:
        """What an alert that fires now belongs to: whatever it needs that is critical, else its check, else itself."""
        down = [name for name in watch.depends if name in critical]
        root = down[-1] if down else watch.detail.check
        if not root:
            return watch.key
        if root in self._book.checks:
            return storable(f"check:{root}")
        return storable(f"limit:{root}" if is_builtin(root) else f"rule:{root}")

    def forget_others(self, known: Container[str]) -> None:
        """Only what goes on has to be seen again before it is told."""
        for key in [key for key in self._blocked if key not in known]:
            del self._blocked[key]

    def critical(self, now: Instant, seen: Seen, sights: Mapping[str, Sight],
                 known: Mapping[str, Known]) -> dict[str, Instant]:
        """The names of rules, checks and limits that are critical now, by what is seen, not by what has fired yet."""
        found: dict[str, Instant] = {}
        for name, outcome in seen.outcomes.items():
            check = self._book.checks.get(name)
            if outcome.level is Level.CRITICAL and check is not None and (
                    now - outcome.at <= 1000 * (3 * check.every + check.timeout + 60)):
                found[name] = outcome.at
        for key, sight in sights.items():
            if sight.seen.reached is Severity.CRITICAL:
                found |= dict.fromkeys(_names(key, sight.watch.rule), now)
        for key, one in known.items():
            if one.state.phase is Phase.FIRING and one.state.severity is Severity.CRITICAL and (
                    key not in sights or sights[key].seen.held is not None or sights[key].seen.unknown):
                found |= dict.fromkeys(_names(key, one.alert.rule if one.alert is not None else ""), now)
        return found


def _names(key: str, rule: str) -> Sequence[str]:
    """The names by which something can be depended on: its rule, or the target of a limit."""
    if key.startswith("limit:"):
        return (key.removeprefix("limit:"), *((rule,) if rule else ()))
    if rule:
        return (rule, storable(rule))
    return (key.removeprefix("rule:").partition(BETWEEN)[0],) if key.startswith("rule:") else ()
