"""Runs the console with the plain screens of `shell_app` on a real terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opsconsole.console.app import ConsoleOptions, run
from opsconsole.settings import load_settings

if TYPE_CHECKING:
    from opsconsole.console.topline import Tab


def tabs() -> tuple[Tab, ...]:
    """Two screens, imported when they are shown, as those of the program."""
    from opsconsole.console.topline import Badge, Tab
    from opsconsole.core.levels import Level

    def first() -> object:
        from tests.console.failing import Failing

        return Failing()

    def second() -> object:
        from tests.console.shell_app import Second

        return Second()

    return (Tab("1", "first", "Health", first, lambda: Badge(1, Level.CRITICAL)),
            Tab("2", "second", "Tickets", second, lambda: Badge(3, Level.WARNING, "late")))


if __name__ == "__main__":
    wanted = ConsoleOptions(ascii=True if "--ascii" in sys.argv else None, debug="--debug" in sys.argv,
                            theme=next((arg[8:] for arg in sys.argv if arg.startswith("--theme=")), None))
    sys.exit(run(load_settings(), wanted, tabs=tabs))
