"""The signs of the interface, in Unicode and in ASCII; each state has its own shape, whatever its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsconsole.core.levels import Level


class Glyphs(NamedTuple):
    """One set of signs; every sign but `arrow` is one cell wide."""

    ok: str
    warning: str
    critical: str
    unknown: str
    bar_full: str
    bar_empty: str
    spark: str
    """From lowest to highest."""
    down: str
    up: str
    dot: str
    """Between two facts."""
    ellipsis: str
    cursor: str
    done: str
    dash: str
    """Where there is no value."""
    arrow: str
    branch: str
    last_branch: str
    stem: str

    def level(self, level: Level) -> str:
        """The sign of a level."""
        return (self.ok, self.unknown, self.warning, self.critical)[level]


UNICODE = Glyphs(ok="●", warning="▲", critical="✖", unknown="◌", bar_full="━", bar_empty="─", spark="▁▂▃▄▅▆▇█",
                 down="↓", up="↑", dot="·", ellipsis="…", cursor="▶", done="✔", dash="–", arrow="→",  # noqa: RUF001 - the en dash is meant
                 branch="├", last_branch="└", stem="│")
ASCII = Glyphs(ok="o", warning="!", critical="X", unknown="?", bar_full="#", bar_empty="-", spark="_.-=+*#@",
               down="v", up="^", dot="|", ellipsis="~", cursor=">", done="+", dash="-", arrow="->",
               branch="+", last_branch="`", stem="|")
