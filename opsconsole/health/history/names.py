"""What the names of series mean: `mount:/var.percent` is the used share of a mount, in per cent."""

from __future__ import annotations

LATENCIES = (".latency", ".first_byte", ".connect", ".tls", ".dns", ".query")


def is_latency(series: str) -> bool:
    """Whether the figure is how long something took, so that its percentiles are asked for."""
    return series.endswith(LATENCIES)
