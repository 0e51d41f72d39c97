"""The part of the configuration that says who is told what, and how."""

from __future__ import annotations

import msgspec


class NotifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is told what, and how."""
