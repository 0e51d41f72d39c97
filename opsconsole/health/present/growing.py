"""Advice about a disk that fills, made particular: which folder grew."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.core import format as fmt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.health.growth.model import Growth
    from opsconsole.health.model import Advice


def with_growth(advice: Sequence[Advice], growths: Sequence[Growth]) -> tuple[Advice, ...]:
    """The same advice; where it is about a mount of which is known what grew, it says so and looks there."""
    by_target = {f"mount:{one.mount}": one for one in growths}
    return tuple(_particular(one, by_target[one.target]) if one.target in by_target and one.command.startswith("du -xh")
                 else one for one in advice)


def _particular(advice: Advice, growth: Growth) -> Advice:
    grew = f"{growth.path} grew by {fmt.size(growth.bytes)} in {fmt.duration(growth.seconds)}"
    return replace(advice, todo=f"{grew}; make room there, or find what writes so much",
                   command=f"du -xh --max-depth=2 {shlex.quote(growth.path)} | sort -h | tail -n 15")
