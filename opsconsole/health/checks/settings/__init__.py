"""The part of the configuration that says which services are checked."""

from __future__ import annotations

from typing import Any

Checks = dict[str, Any]
"""Name to check."""
