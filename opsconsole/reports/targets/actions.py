"""What can be done about targets; nothing here does anything."""

from __future__ import annotations

from opsconsole.core.actions import Action

SHOW = Action("targets.show", ("O",), "targets", "Show every target beside what was reached, and where the number comes"
              " from.", footer=False)
"""On every screen."""
OPEN = Action("targets.open", ("enter",), "open", "Open where the number of the target under the cursor comes from: a"
              " check, a line of the panel, a checklist, the tickets.")
TARGETS = (OPEN,)
"""The board of targets."""

ACTIONS = (SHOW, *TARGETS)
"""All of them: what the configuration may remap and the documentation lists."""
