"""Keys are checked against the actions that there are."""

from __future__ import annotations

import pytest

from opsconsole.console.settings import ConsoleSettings, key_mistakes
from opsconsole.core.actions import Action

ACTIONS = (Action("list.open", ("enter",), "open", "Open."), Action("list.down", ("j", "down"), "down", "Down."),
           Action("list.up", ("k", "up"), "up", "Up."), Action("health.expand", ("e",), "expand", "Expand."),
           Action("console.help", ("question_mark", "f1"), "help", "Help."),
           Action("console.quit", ("q",), "quit", "Quit."))


def mistakes(**keys: str | list[str]) -> list[tuple[str, str]]:
    settings = ConsoleSettings(keys={name.replace("_", "."): value for name, value in keys.items()})
    found = list(key_mistakes(settings, ACTIONS))
    assert all(path[0] == "keys" for path, _ in found)
    return [(path[1], message) for path, message in found]


def test_keys_that_fit() -> None:
    assert mistakes(list_open="o", list_down=["ctrl+n", "down"], health_expand="q", console_quit=[]) == []
    assert mistakes(list_down="k", list_up="j") == []


def test_an_unknown_action() -> None:
    assert mistakes(list_opn="o") == [("list.opn", "there is no action `list.opn`; did you mean `list.open`?")]


def test_a_key_that_another_action_of_the_group_has() -> None:
    assert mistakes(list_open="j") == [("list.open", "the key `j` already stands for `list.down`")]
    assert mistakes(list_open="x", list_up="x") == [("list.up", "the key `x` already stands for `list.open`")]
    assert mistakes(list_open=["x", "x"]) == []


@pytest.mark.parametrize("written", ["?", "question_mark"])
def test_one_key_has_several_names(written: str) -> None:
    assert mistakes(console_quit=written) == [
        ("console.quit", "the key `question_mark` already stands for `console.help`")]


@pytest.mark.parametrize("key", ["crtl+x", "", "ctrl+", "enterr", "a b", "x" * 1000])
def test_what_is_no_key(key: str) -> None:
    found = mistakes(list_open=["o", key])
    assert len(found) == 1
    assert "is no key" in found[0][1]


def test_all_that_is_wrong_is_told() -> None:
    assert [name for name, _ in mistakes(list_opn="o", list_open="enterr", list_down=["k", "crtl+x"])] == [
        "list.opn", "list.open", "list.down", "list.down"]


def test_the_keymap() -> None:
    settings = ConsoleSettings(keys={"a": "x", "b": ["y", "z"], "c": []})
    assert settings.keymap() == {"a": ("x",), "b": ("y", "z"), "c": ()}
