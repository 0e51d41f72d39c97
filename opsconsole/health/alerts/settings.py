"""The part of the configuration that says what is an alert."""

from __future__ import annotations

from typing import Any

Rules = dict[str, Any]
"""Name to rule."""
