"""Advice that also rests on what the agent has stored: which folder grew, which service is slower than usual."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.health.model import Advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.health.board import Stored
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.growth.model import Growth

TIMES_SLOWER = 3.0
"""A latency of so many times what 95 % of the last day stayed below is worth a word, however far its limit is."""
LEAST_SLOWER = 0.05
"""Seconds: below this nobody notices."""


def advice_with(advice: Sequence[Advice], stored: Stored | None) -> tuple[Advice, ...]:
    """The monitor's advice made particular, and what only the agent's history can tell; the worst first."""
    if stored is None:
        return tuple(advice)
    found = [*with_growth(advice, stored.growths), *slower(stored.checks)]
    return tuple(sorted(found, key=lambda one: -one.level))


def with_growth(advice: Sequence[Advice], growths: Sequence[Growth]) -> tuple[Advice, ...]:
    """The same advice; where it is about a mount of which is known what grew, it says so and looks there."""
    from msgspec.structs import replace  # noqa: PLC0415 - only where something fills

    def particular(one: Advice, growth: Growth) -> Advice:
        grew = f"{growth.path} grew by {fmt.size(growth.bytes)} in {fmt.duration(growth.seconds)}"
        return replace(one, todo=f"{grew}; make room there, or find what writes so much",
                       command=f"du -xh --max-depth=2 {shlex.quote(growth.path)} | sort -h | tail -n 15")

    by_target = {f"mount:{one.mount}": one for one in growths}
    return tuple(particular(one, by_target[one.target])
                 if one.target in by_target and one.command.startswith("du -xh") else one for one in advice)


def slower(states: Sequence[CheckState]) -> Iterator[Advice]:
    """Services that answer, and much slower than they did nearly all of the last day."""
    for state in states:
        latency = state.values.get("latency")
        if (state.level is not Level.OK or state.p95 is None or isinstance(latency, bool)
                or not isinstance(latency, int | float)):
            continue
        if latency >= TIMES_SLOWER * state.p95 and latency - state.p95 >= LEAST_SLOWER:
            yield Advice(
                target=f"check:{state.name}", level=Level.OK,
                measured=f"{state.label or state.name} answers in {fmt.duration(latency)}",
                meaning=f"95 % of the answers of the last day came within {fmt.duration(state.p95)}",
                todo="look what changed, and what else the machine is busy with")
