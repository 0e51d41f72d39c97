"""What the first key of a screen would wait for is there before."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from opsconsole.console.app import own_tabs
from opsconsole.console.preloading import LISTS, modules
from tests.console.shell_app import console
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def tabs() -> Any:
    feature = SimpleNamespace(badge=lambda: None)
    return own_tabs(cast("Any", None), cast("Any", None), cast("Any", SimpleNamespace(
        tickets=feature, checklists=feature, logbook=feature)))


def test_what_is_imported_ahead_is_what_has_the_screens() -> None:
    there = [tab for tab in tabs() if tab.id != "health"]
    assert [type(tab.screen()).__module__ for tab in there] == [tab.module for tab in there]
    assert modules(tabs()) == (*LISTS, *(tab.module for tab in there))


def test_a_screen_needs_nothing_more_then() -> None:
    script = f"""if True:
        import sys
        from importlib import import_module
        import opsconsole.console.app, opsconsole.console.shell
        assert "opsconsole.tickets.screen.queue" not in sys.modules
        for name in {modules(tabs())!r}:
            import_module(name)
        before = set(sys.modules)
        from tests.console.test_preloading import tabs
        new = set(sys.modules) - before
        made = [tab.screen() for tab in tabs() if tab.id != "health"]
        assert not set(sys.modules) - before - new, sorted(set(sys.modules) - before - new)
    """
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


async def test_the_program_imports_it_by_and_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("made_of_one", "made_of_two"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("opsconsole.core.memory.share_memory", lambda: None)
    app = console()
    app.tabs = (app.tabs[0]._replace(module="made_of_one"), app.tabs[1]._replace(module="made_of_two"))
    async with app.run_test() as pilot:
        with monkeypatch.context() as own:
            own.setattr(app, "owns_process", True)
            app._preload()
        await until(pilot, lambda: {"made_of_one", "made_of_two"} <= sys.modules.keys())
