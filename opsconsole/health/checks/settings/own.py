"""The settings of checks that wait for somebody else to report: a job's sign of life, a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from opsconsole.core.units import Duration
from opsconsole.health.checks.settings.base import Check


class HeartbeatCheck(Check, frozen=True, kw_only=True, tag="heartbeat"):
    """Waits for a job that must report with `opsconsole ping NAME`, again and again.

    One of `period` and `cron` says when. A job that reports `start` is also late when no `ok` follows in time.
    """

    MAIN: ClassVar[str] = "age"
    VALUES: ClassVar[Mapping[str, str]] = {"age": "seconds", "took": "seconds", "state": "text", "message": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    period: Annotated[Duration | None, Meta(
        description="How long after one `ok` the next must have come.",
        extra={"at_least": "10s", "at_most": "400d"})] = None
    cron: Annotated[Annotated[str, Meta(max_length=200)] | None, Meta(
        description="The cron line by which the job is started, as `30 2 * * *`.")] = None
    zone: Annotated[str, Meta(description="The time zone of the cron line; empty: this machine's.")] = ""
    grace: Annotated[Duration, Meta(
        description="How much later than expected is a warning only.", extra={"at_most": "400d"})] = Duration(300)
    paused: Annotated[bool, Meta(description="Whether nobody expects a report now.")] = False

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """No schedule or two, a cron line or a zone that does not exist."""
        yield from super().mistakes()
        if (self.period is None) == (self.cron is None):
            yield "", "a heartbeat needs either `period` or `cron`"
        if self.zone:
            from opsconsole.core.scalars import read_zone  # noqa: PLC0415 - few files name one

            try:
                read_zone(self.zone)
            except ValueError as problem:
                yield "zone", f"it must be {''.join(map(str, problem.args))}, not `{self.zone}`"
        if self.cron is not None:
            from opsconsole.health.checks.heartbeat import cron_mistake  # noqa: PLC0415 - cronsim

            if wrong := cron_mistake(self.cron):
                yield "cron", wrong


class MetricCheck(Check, frozen=True, kw_only=True, tag="metric"):
    """Judges the newest number that somebody sent with `opsconsole metric NAME VALUE`."""

    MAIN: ClassVar[str] = "value"
    VALUES: ClassVar[Mapping[str, str]] = {"value": "number", "age": "seconds"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    metric: Annotated[str, Meta(max_length=100, description="Which number; empty: that of the check's name.")] = ""
    unit: Annotated[Literal["number", "seconds", "bytes", "percent", "per second", "bytes per second"], Meta(
        description="What it counts; conditions are written with this unit.")] = "number"
    text: Annotated[str, Meta(max_length=40, description="What stands behind the number, as `orders`.")] = ""

    @property
    def units(self) -> Mapping[str, str]:
        """What conditions can compare, with units."""
        return {**self.VALUES, "value": self.unit}
