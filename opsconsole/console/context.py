"""What every screen is given: settings, clock, actor, signs, looks and the state of the storage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from opsconsole.console.preferences import Preferences
    from opsconsole.console.settings import ConsoleSettings
    from opsconsole.console.storage import Storage
    from opsconsole.console.theme import Look
    from opsconsole.core.actions import Action
    from opsconsole.core.clock import Clock
    from opsconsole.core.drafts import Drafts
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.core.identity import Actor
    from opsconsole.core.paths import Paths


@dataclass(slots=True)
class ConsoleContext:
    """The surroundings of the console; knows no feature."""

    settings: ConsoleSettings
    paths: Paths
    clock: Clock
    actor: Actor
    glyphs: Glyphs
    look: Look
    """How styles look in the present theme; replaced when the theme changes."""
    storage: Storage
    """The records: what people enter."""
    preferences: Preferences | None
    host: str
    """Name of this machine, raw: harmless only after `core.text`."""
    zone: tzinfo | None = None
    """Where local time is shown; None is the machine's own zone."""
    colour: bool = True
    """False under NO_COLOR: not one colour code is sent."""
    debug: bool = False
    metrics: Storage | None = None
    """What machines measured: history, checks. Without it the screens show what they measure themselves."""
    leaving: list[Callable[[], None]] = field(default_factory=list)
    """Called once when the console ends, for whatever reason, while the screens still exist: drafts are saved here."""
    parts: dict[str, object] = field(default_factory=dict)
    """What the screens of one feature share, by the feature's name; the composition root puts it there."""
    features: dict[Action, Callable[[Any], None]] = field(default_factory=dict)
    """What features can do on every whole screen, which is handed in; the composition root puts it there."""
    _drafts: Drafts | None = field(default=None, init=False)

    @property
    def drafts(self) -> Drafts:
        """The drafts of this console's forms."""
        if self._drafts is None:
            from opsconsole.core.drafts import Drafts  # noqa: PLC0415 - with the first form

            self._drafts = Drafts(self.paths.drafts, self.clock)
        return self._drafts
