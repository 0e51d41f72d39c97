"""Metrics as text for Prometheus: OpenMetrics 1.0, in the form that its older text format 0.0.4 reads as well. Pure.

The specification: https://prometheus.io/docs/specs/om/open_metrics_spec/. The collector of text files of the node
exporter refuses every file that has timestamps, so these are only written on demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.text import harmless
from opsconsole.health.history.names import UNITS, Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant


class Exposed(NamedTuple):
    """One value of one metric; `at` None: it has no time of its own."""

    meaning: Meaning
    value: float
    at: Instant | None = None


def exposition(samples: Iterable[Exposed], *, timestamps: bool = False) -> str:
    """The text, with `# EOF` at its end; families by name, each with what it is, of two equal samples the later one.

    Labels are foreign text, which may hold what would act in a terminal: that is made visible.
    """
    families: dict[str, tuple[Meaning, dict[str, Exposed]]] = {}
    for sample in samples:
        _, known = families.setdefault(sample.meaning.family, (sample.meaning, {}))
        known[_labels(sample.meaning)] = sample
    lines = []
    for family, (meaning, known) in sorted(families.items()):
        lines.append(f"# TYPE {family} gauge")
        if unit := UNITS.get(meaning.unit):
            lines.append(f"# UNIT {family} {unit}")
        lines.append(f"# HELP {family} {_escaped(meaning.help)}")
        for labels, sample in sorted(known.items()):
            time = f" {sample.at / 1000:.3f}" if timestamps and sample.at is not None else ""
            lines.append(f"{family}{labels} {_number(sample.value)}{time}")
    return "\n".join([*lines, "# EOF", ""])


def _labels(meaning: Meaning) -> str:
    if not meaning.labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(harmless(text))}"' for name, text in meaning.labels) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
