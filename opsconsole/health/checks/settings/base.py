"""What every kind of check has."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Percent


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every check has, whatever its kind. A kind is a subclass with a tag."""

    every: Annotated[Duration, Meta(
        description="How often it runs.", extra={"at_least": "5s", "at_most": "7d"})] = Duration(60)
    timeout: Annotated[Duration, Meta(
        description="After this long without an end it counts as failed.",
        extra={"at_least": "100ms", "at_most": "10m"})] = Duration(10)
    critical_unless: Annotated[tuple[str, ...], Meta(
        description="Conditions that must all hold, else it is critical.")] = ()
    warning_unless: Annotated[tuple[str, ...], Meta(
        description="Conditions that must all hold, else it is a warning.")] = ()
    label: Annotated[str, Meta(description="What the panel calls it; empty: its name.")] = ""
    group: Annotated[str, Meta(description="What it belongs to, as `shop`; for sorting and for silences.")] = ""
    depends_on: Annotated[tuple[str, ...], Meta(
        description="Checks without which this one cannot work: while one of them is critical, this one alerts nobody.",
    )] = ()
    slo: Annotated[Percent | None, Meta(
        description="Promised share of time in which it is up; null: none.")] = None
    help: Annotated[str, Meta(description="What to do when it fails; shown with its alert.")] = ""
    enabled: Annotated[bool, Meta(description="Whether it runs.")] = True
