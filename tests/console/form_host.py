"""An app that shows one form, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from opsconsole.console.theme import Look
from opsconsole.console.widgets.form import Field, Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from opsconsole.core.drafts import Drafts


def number(text: str) -> str | None:
    return None if text.isdigit() else f"{text} is no number."


FIELDS = (Field("title", "Title", required=True, hint="in one line"), Field("body", "Body", "text", "as it was"),
          Field("impact", "Impact", "choice", "some", (("one", "one"), ("some", "some"), ("all", "all"))),
          Field("count", "Count", value="3", check=number))
START = {"title": "", "body": "as it was", "impact": "some", "count": "3"}


class Host(App[None]):
    """Shows one form and keeps its messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, drafts: Drafts | None = None, fields: tuple[Field, ...] = FIELDS, **arguments: Any) -> None:
        super().__init__()
        self.look = Look()
        self.parts = (drafts, fields, arguments)
        self.submitted: list[dict[str, str]] = []
        self.left: list[str] = []

    def compose(self) -> ComposeResult:
        drafts, fields, arguments = self.parts
        self.form = Form(fields, form="ticket", key="7", drafts=drafts, **arguments)
        yield self.form

    def on_form_submitted(self, event: Form.Submitted) -> None:
        assert event.control is self.form
        self.submitted.append(event.values)

    def on_form_left(self, event: Form.Left) -> None:
        self.left.append(event.notice)

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


async def settled(app: Host, pilot: Pilot[None]) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def wait_for(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.025)
    raise AssertionError("it did not come")


LONGER = (Field("title", "Title", words=("redis", "shop", "be\x1b[31mll")), Field("body", "Body", "text", rows=4))
