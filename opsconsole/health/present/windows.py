"""Silences and maintenance as rows of a list, and what a person types to begin one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import MINUTE
from opsconsole.core.levels import Level
from opsconsole.core.lines import Span, Style
from opsconsole.core.text import limited
from opsconsole.core.units import Duration
from opsconsole.health.alerts.model import MOST_NOTE, WindowKind
from opsconsole.health.alerts.service import LONGEST, MOST_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Window
    from opsconsole.health.present.parts import View

WORDS = {WindowKind.SILENCE: "silence", WindowKind.MAINTENANCE: "maintenance"}
SOON = 15 * MINUTE
"""Before its end maintenance stands out; of a short one, in its last quarter."""
EXAMPLE = "check:redis 2h the disk is being replaced"


class Standing(NamedTuple):
    """Maintenance that goes on, in the words of a top line."""

    text: str
    short: str
    level: Level


class Request(NamedTuple):
    """What somebody typed: `check:redis 2h the disk is being replaced`."""

    pattern: str
    length: int
    """ms."""
    reason: str


def ordered(windows: Iterable[Window], now: Instant) -> list[Window]:
    """What holds now before what is planned, the next to end or begin first; then what is over, the newest first."""
    def place(one: Window) -> tuple[int, Instant, int]:
        if over(one, now):
            return 2, -min(one.ends, one.ended if one.ended is not None else one.ends), -one.id
        return (0, one.ends, one.id) if one.active(now) else (1, one.begins, one.id)

    return sorted(windows, key=place)


def over(window: Window, now: Instant) -> bool:
    """Whether it holds no more, and will not again."""
    return window.ended is not None or window.ends <= now


def cells_of(window: Window, view: View) -> tuple[tuple[Span, ...], ...]:
    """One row: sign, what is muted, how long still, who, why."""
    active, past = window.active(view.now), over(window, view.now)
    quiet = Style.MUTED if past else Style.TEXT
    sign = Span(view.glyphs.dot if active else " ", Style.TEXT, strong=True)
    return ((sign,), (Span(view.clean(window.about), quiet, strong=active),),
            (Span(WORDS[window.kind], Style.MUTED),),
            (Span(when(window, view), quiet),), (Span(view.clean(window.author), quiet),),
            (Span(view.clean(window.reason), Style.MUTED if past else Style.TEXT),))


def when(window: Window, view: View) -> str:
    """How long still, when it begins, or when it ended; harmless."""
    if window.ended is not None:
        return f"ended {view.time(window.ended)} by {view.clean(window.ended_by)}"
    if window.ends <= view.now:
        return f"over {view.time(window.ends)}"
    if window.begins > view.now:
        return f"from {view.time(window.begins)}, {fmt.duration((window.ends - window.begins) / 1000)}"
    return f"{fmt.duration((window.ends - view.now) / 1000)} left"


def standing_of(windows: Iterable[Window], now: Instant, zone: tzinfo | None) -> Standing | None:
    """Maintenance that goes on, for everybody: until when. The next to end counts; it stands out before that."""
    going = [one for one in windows if one.kind is WindowKind.MAINTENANCE and one.active(now)]
    if not going:
        return None
    first = min(going, key=lambda one: one.ends)
    until = fmt.moment(first.ends, now, zone)
    more = f" +{len(going) - 1}" if len(going) > 1 else ""
    level = Level.WARNING if first.ends - now <= min(SOON, (first.ends - first.begins) // 4) else Level.OK
    return Standing(f"maintenance until {until}{more}", f"maint. {until}{more}", level)


def ending_soon(window: Window, now: Instant, zone: tzinfo | None) -> str:
    """What is told before maintenance runs out."""
    name = limited(window.about, 60)
    left = fmt.duration(max(0, window.ends - now) / 1000)
    return (f"Maintenance of {name} ends {fmt.moment(window.ends, now, zone)}, in {left};"
            " m on Health or Log finishes or extends it.")


def read_request(text: str) -> Request | str:
    """What `PATTERN 2h reason` asks for, or what is wrong with it, as a sentence of at most one line.

    A name with spaces stands in quotation marks.
    """
    pattern, rest = _first(text.strip())
    length, _, reason = rest.partition(" ")
    reason = reason.strip()
    if not pattern:
        return f"Say what: {EXAMPLE}"
    if len(pattern) > MOST_PATTERN:
        return f"The name may have {MOST_PATTERN} characters."
    if not length:
        return "Say how long, behind the name: 30m, 2h or 1d."
    try:
        milliseconds = round(1000 * Duration.parse(length))
    except ValueError:
        return "Behind the name comes a time: 30m, 2h or 1d."
    if not 0 < milliseconds <= LONGEST:
        return f"Say a time of at most {fmt.duration(LONGEST / 1000)}."
    if not reason:
        return "Say why, behind the time: others will read it."
    if len(reason) > MOST_NOTE:
        return f"The reason may have {MOST_NOTE} characters."
    return Request(pattern, milliseconds, reason)


def _first(text: str) -> tuple[str, str]:
    """The first word and the rest."""
    if text[:1] in {'"', "'"} and text[:1] in text[1:]:
        pattern, _, rest = text[1:].partition(text[0])
        return pattern.strip(), rest.strip()
    pattern, _, rest = text.partition(" ")
    return pattern, rest.strip()


def known_names(checks: Iterable[tuple[str, str]], alerts: Iterable[Sequence[str]]) -> set[str]:
    """The names that something has now: of checks with their groups, and of what fires."""
    names = {part for name, group in checks for part in (name, f"check:{name}", f"group:{group}" if group else name)}
    return names | {name for one in alerts for name in one}
