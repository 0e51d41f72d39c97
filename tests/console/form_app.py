"""A small program with a form, for tests in a real terminal: `python -m tests.console.form_app FOLDER [KEY]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.theme import Look, textual_theme
from opsconsole.console.widgets.form import Field, Form
from opsconsole.console.widgets.frugal import FrugalApp
from opsconsole.core.clock import SystemClock
from opsconsole.core.drafts import Drafts
from opsconsole.core.themes import DARK

if TYPE_CHECKING:
    from textual.app import ComposeResult

FIELDS = (Field("title", "Title", required=True), Field("body", "Body", "text"),
          Field("impact", "Impact", "choice", options=(("one", "one person"), ("all", "everyone"))))


class FormApp(FrugalApp):
    """One form; ctrl+q leaves."""

    BINDINGS: ClassVar = [("ctrl+q", "quit")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, folder: Path, key: str) -> None:
        super().__init__()
        self.look = Look()
        self.drafts = Drafts(folder, SystemClock())
        self.key = key
        self.register_theme(textual_theme(DARK, "form"))
        self.theme = "form"

    def compose(self) -> ComposeResult:
        yield Form(FIELDS, form="ticket", key=self.key, drafts=self.drafts)

    async def on_form_submitted(self, event: Form.Submitted) -> None:
        await event.form.saved()
        self.exit(0)

    def on_form_left(self, event: Form.Left) -> None:
        self.exit(0, message=event.notice)


if __name__ == "__main__":
    FormApp(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "").run()
