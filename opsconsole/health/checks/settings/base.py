"""What every kind of check has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Percent


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every check has, whatever its kind. A kind is a subclass with a tag.

    A kind that has mistakes of its own begins with `yield from super().mistakes()`.
    """

    MAIN: ClassVar[str] = ""
    """The value that stands beside the check."""
    VALUES: ClassVar[Mapping[str, str]] = {}
    """Each value's unit: seconds, bytes, percent, number, per second, bytes per second, text, bool.

    `*` at the end of a name stands for any rest; a value named `body` can be asked for its parts, `body.status`.
    """
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    """Conditions that hold unless the file states one about the same value in `critical_unless`."""
    WARNING: ClassVar[tuple[str, ...]] = ()
    """The same for `warning_unless`."""

    every: Annotated[Duration, Meta(
        description="How often it runs.", extra={"at_least": "5s", "at_most": "7d"})] = Duration(60)
    timeout: Annotated[Duration, Meta(
        description="After this long without an end it counts as failed.",
        extra={"at_least": "100ms", "at_most": "10m"})] = Duration(10)
    critical_unless: Annotated[tuple[str, ...], Meta(
        max_length=50,
        description="Conditions that must all hold, else it is critical, such as `latency < 3s`. One about a value "
                    "takes the place of the kind's own ones about it.")] = ()
    warning_unless: Annotated[tuple[str, ...], Meta(
        max_length=50, description="Conditions that must all hold, else it is a warning.")] = ()
    label: Annotated[str, Meta(max_length=200, description="What the panel calls it; empty: its name.")] = ""
    group: Annotated[str, Meta(
        max_length=200, description="What it belongs to, as `shop`; for sorting and for silences.")] = ""
    depends_on: Annotated[tuple[str, ...], Meta(
        description="Checks without which this one cannot work: while one of them is critical, this one alerts nobody.",
    )] = ()
    slo: Annotated[Percent | None, Meta(
        description="Promised share of time in which it is up; null: none.",
        extra={"at_least": "1%", "at_most": "100%"})] = None
    help: Annotated[str, Meta(description="What to do when it fails; shown with its alert.")] = ""
    enabled: Annotated[bool, Meta(description="Whether it runs.")] = True

    @property
    def kind(self) -> str:
        """What the file calls its kind: `http`."""
        return str(self.__struct_config__.tag)

    @property
    def main(self) -> str:
        """The value that stands beside it."""
        return self.MAIN

    @property
    def units(self) -> Mapping[str, str]:
        """What conditions can compare, with units."""
        return self.VALUES

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """Conditions that cannot be understood, or that ask for values which this kind does not have."""
        from opsconsole.health.conditions import mistake  # noqa: PLC0415 - most checks state none

        for key in ("critical_unless", "warning_unless"):
            for number, text in enumerate(getattr(self, key)):
                if wrong := mistake(text, self.units):
                    yield f"{key}.{number}", wrong
