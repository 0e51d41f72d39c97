from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import _character_to_key

from opsconsole.console.actions import ACTIONS, CONSOLE, LIST, TIMELINE_PAGE
from opsconsole.console.keys import assigned, character, key_label, key_name, normalized
from opsconsole.core.actions import Action, remapped


@pytest.mark.parametrize("sign", string.ascii_letters + string.digits + string.punctuation + " äß€±«")
def test_a_character_has_the_name_that_events_give_it(sign: str) -> None:
    assert key_name(sign) == _character_to_key(sign)
    assert character(key_name(sign)) == sign


@pytest.mark.parametrize(("written", "name"), [
    ("esc", "escape"), ("pgdn", "pagedown"), ("Return", "enter"), ("ctrl+r", "ctrl+r"), ("Ctrl + R", "ctrl+R"),
    ("shift+tab", "shift+tab"), ("F5", "f5"), ("+", "plus"), ("ctrl++", "ctrl+plus"), ("colon", "colon"),
])
def test_keys_are_read_as_persons_write_them(written: str, name: str) -> None:
    assert key_name(written) == name


@pytest.mark.parametrize("wrong", ["", "ctrl+", "control+x", "f99", "entr", "ctrl+nosuch", "xx"])
def test_what_is_no_key_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        key_name(wrong)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_a_mistake(text: str) -> None:
    try:
        name = key_name(text)
    except ValueError:
        return
    assert key_name(name) == name


@pytest.mark.parametrize(("name", "label"), [
    ("question_mark", "?"), ("escape", "esc"), ("ctrl+r", "ctrl+r"), ("G", "G"), ("slash", "/"), ("space", "space"),
    ("left_square_bracket", "["), ("pagedown", "pgdn"), ("enter", "enter"), ("colon", ":"),
])
def test_labels(name: str, label: str) -> None:
    assert key_label(name) == label


def test_configured_keys_replace_an_actions_own() -> None:
    keys = normalized({"console.quit": "Q", "list.down": ["down", "ctrl+n"], "console.help": []})
    by_id = {action.id: action.keys for action in remapped(ACTIONS, keys)}
    assert by_id["console.quit"] == ("Q",)
    assert by_id["list.down"] == ("down", "ctrl+n")
    assert by_id["console.help"] == ()


def test_a_mistake_in_configured_keys_names_the_action() -> None:
    with pytest.raises(ValueError, match=r"^console\.quit: 'nosuch' is no key"):
        normalized({"console.quit": "nosuch"})


def test_the_first_action_that_wants_a_key_has_it() -> None:
    own = Action("x.find", ("slash", "f"), "find", "Find.")
    owners = assigned((own, *LIST, *CONSOLE))
    assert owners["slash"] is own
    assert owners["q"].id == "console.quit"


def test_every_action_has_an_id_of_its_own_and_every_key_one_owner() -> None:
    ids = [action.id for action in ACTIONS]
    # The timeline is a screen whose own keys come before those of the shell, as those of any screen.
    keys = [key for action in ACTIONS if action not in TIMELINE_PAGE for key in action.keys]
    assert len(ids) == len(set(ids))
    assert len(keys) == len(set(keys))
    assert all(key_name(key) == key for key in keys)


def test_sentences_of_actions_are_sentences() -> None:
    for action in ACTIONS:
        assert action.help.endswith(".")
        assert action.help[0].isupper()
        assert action.label
