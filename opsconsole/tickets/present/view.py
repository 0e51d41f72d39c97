"""For whom something is drawn, and small phrases that all pages of tickets share."""

from __future__ import annotations

from opsconsole.core.view import GAP, MARGIN, View, framed, left, muted, sides

__all__ = ["GAP", "MARGIN", "View", "framed", "left", "muted", "sides"]
