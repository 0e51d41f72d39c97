"""Runs the console with the plain screens of `shell_app` on a real terminal.

Environment: SHELL_CRASH=key|start|worker|thread says where to make a mistake; SHELL_DRAFT=file is written when left.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.app import ConsoleOptions, run
from opsconsole.settings import load_settings

if TYPE_CHECKING:
    from opsconsole.console.topline import Tab


def tabs() -> tuple[Tab, ...]:
    """Screens that can be told to fail."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    from opsconsole.console.topline import Badge, Tab
    from opsconsole.core.actions import Action
    from opsconsole.core.levels import Level

    def first() -> object:
        from tests.console.shell_app import First

        class Failing(First):
            ACTIONS: ClassVar[tuple[Action, ...]] = (
                *First.ACTIONS, Action("first.crash", ("X",), "crash", "Make a mistake."),
                Action("first.stick", ("S",), "stick", "Never end."),
                Action("first.flood", ("F",), "flood", "Draw a lot."))

            def on_mount(self) -> None:
                if os.environ.get("SHELL_CRASH") == "start":
                    raise RuntimeError("[@click=app.quit]bad[/red] start")
                if draft := os.environ.get("SHELL_DRAFT"):
                    self.context.leaving.append(lambda: Path(draft).write_text("kept", encoding="utf-8") and None)

            async def action_crash(self) -> None:
                if os.environ.get("SHELL_CRASH") == "worker":
                    self.run_worker(self._fail())
                elif os.environ.get("SHELL_CRASH") == "thread":
                    threading.Thread(target=int, args=("none",)).start()
                else:
                    raise RuntimeError("[@click=app.quit]bad[/red] key")

            async def _fail(self) -> None:
                raise RuntimeError("bad worker")

            def action_stick(self) -> None:
                def forever() -> None:
                    threading.Event().wait()
                self.run_worker(forever, thread=True)

            def action_flood(self) -> None:
                self.drawn = 0
                self.set_interval(0.01, self._draw)

            def _draw(self) -> None:
                from tests.console.shell_app import Plain

                self.drawn += 1
                for plain in self.query(Plain):
                    plain.word = f"flood {self.drawn} " + "xyz"[self.drawn % 3] * 60
                    plain.refresh()

        return Failing()

    def second() -> object:
        from tests.console.shell_app import Second

        return Second()

    return (Tab("1", "first", "Health", first, lambda: Badge(1, Level.CRITICAL)),
            Tab("2", "second", "Tickets", second, lambda: Badge(3, Level.WARNING, "late")))


if __name__ == "__main__":
    wanted = ConsoleOptions(ascii="--ascii" in sys.argv, debug="--debug" in sys.argv,
                            theme=next((arg[8:] for arg in sys.argv if arg.startswith("--theme=")), None))
    sys.exit(run(load_settings(), wanted, tabs=tabs))
