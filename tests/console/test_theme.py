"""Themes as they are drawn: sixteen colours, none, all of Textual's own parts; the first paint reads no file."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.console.theme import HasLook, Look, look_of, textual_theme
from opsconsole.core.lines import Style, Tint
from opsconsole.core.themes import DARK, read_theme

FOLDER = Path(__file__).parents[2] / "themes"
THEMES = {path.stem: read_theme(path) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest.mark.parametrize("name", [name for name, theme in THEMES.items() if theme.ansi])
def test_terminal_themes_name_only_the_terminal_s_colours(name: str) -> None:
    theme = THEMES[name]
    look = Look(theme, name)
    for style, strong, tint in itertools.product(Style, (False, True), Tint):
        drawn = look.style(style, strong, tint)
        for colour in (drawn.color, drawn.bgcolor):
            assert colour is None or colour.is_default or (colour.number is not None and colour.number < 16)


def test_without_colour_no_style_has_one_and_states_still_differ() -> None:
    look = Look(THEMES["mono"], "mono")
    assert THEMES["mono"].colourless
    assert not any(theme.colourless for name, theme in THEMES.items() if name != "mono")
    for style, strong, tint in itertools.product(Style, (False, True), Tint):
        drawn = look.style(style, strong, tint)
        assert drawn.color is None
        assert drawn.bgcolor is None
    plain, cursor = look.style(), look.style(tint=Tint.CURSOR)
    assert cursor.reverse
    assert not plain.reverse
    # On the reversed bar the inverse tab must not vanish.
    assert bool(look.style(Style.INVERSE, tint=Tint.BAR).reverse) != bool(look.style(tint=Tint.BAR).reverse)


def test_styles_are_complete_and_cached() -> None:
    look = Look()
    warning = look.style(Style.WARNING, True, Tint.CRITICAL)
    assert look.style(Style.WARNING, True, Tint.CRITICAL) is warning
    assert warning.bold
    assert warning.color is not None
    assert warning.color.name == DARK.colours.warning
    assert warning.bgcolor is not None
    assert warning.bgcolor.name == DARK.tints.critical
    inverse = look.style(Style.INVERSE, tint=Tint.BAR)
    assert inverse.bgcolor is not None
    assert inverse.bgcolor.name == DARK.colours.accent


@pytest.mark.parametrize("name", THEMES)
def test_textual_gets_every_variable_and_no_colour_from_outside_the_palette(name: str) -> None:
    made = textual_theme(THEMES[name], name)
    assert made.ansi == THEMES[name].ansi
    variables = made.to_color_system().generate()
    known = textual_theme(DARK, "dark").to_color_system().generate()
    assert known.keys() <= variables.keys()
    if THEMES[name].ansi:
        assert not [key for key, value in variables.items() if "#" in value or "%" in value]
    if THEMES[name].colourless:
        for key in ("ok", "critical", "cursor-tint", "text-error", "border", "scrollbar", "markdown-h1-color"):
            assert variables[key] == "ansi_default"


def test_a_widget_asks_its_app_for_the_look() -> None:
    class Coloured:
        look = Look(THEMES["light"], "light")

    assert isinstance(Coloured(), HasLook)
    assert look_of(Coloured()).name == "light"
    assert look_of(object()).name == "dark"


def test_the_first_paint_needs_no_yaml() -> None:
    program = ("import sys; from pathlib import Path; from opsconsole.console.theme_store import ThemeStore\n"
               "path = Path('themes/dark.yaml'); ThemeStore(lambda: [path], path).get('dark')\n"
               "assert 'yaml' not in sys.modules, 'yaml was imported'")
    subprocess.run([sys.executable, "-c", program], check=True, cwd=FOLDER.parent, timeout=60)
