"""A screen that can be told to make mistakes, to hang and to draw a lot."""

from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path
from typing import ClassVar

from opsconsole.core.actions import Action
from tests.console.shell_app import First, Plain


class Failing(First):
    """SHELL_CRASH=key|start|worker|thread says where; SHELL_DRAFT=file is written when the console is left."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *First.ACTIONS,
        Action("first.crash", ("X",), "crash", "Make a mistake."),
        Action("first.stick", ("S",), "stick", "Start a thread that never ends."),
        Action("first.flood", ("F",), "flood", "Draw without end."),
    )

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0

    def on_mount(self) -> None:
        if os.environ.get("SHELL_CRASH") == "start":
            raise RuntimeError("[@click=app.quit]bad[/red] start")
        if draft := os.environ.get("SHELL_DRAFT"):
            self.context.leaving.append(partial(self._keep, Path(draft)))

    def _keep(self, draft: Path) -> None:
        draft.write_text("kept", encoding="utf-8")

    def action_crash(self) -> None:
        where = os.environ.get("SHELL_CRASH")
        if where == "worker":
            self.run_worker(self._fail())
        elif where == "thread":
            threading.Thread(target=int, args=("none",)).start()
        else:
            raise RuntimeError("[@click=app.quit]bad[/red] key")

    async def _fail(self) -> None:
        raise RuntimeError("bad worker")

    def action_stick(self) -> None:
        self.run_worker(threading.Event().wait, thread=True)
        self.console.say("stuck")

    def action_flood(self) -> None:
        self.set_interval(0.01, self._draw)

    def _draw(self) -> None:
        self.drawn += 1
        for plain in self.query(Plain):
            plain.word = f"flood {self.drawn} " + "xyz"[self.drawn % 3] * 60
            plain.refresh()
