"""The part of the configuration that is about the agent."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The process that records, checks and alerts."""

    record: Annotated[Duration, Meta(
        description="How often the host's figures are stored.", extra={"at_least": "5s", "at_most": "5m"},
    )] = Duration(10)
    child: Annotated[bool, Meta(
        description="Whether a console that finds no agent at work starts one, which ends with it.")] = True
