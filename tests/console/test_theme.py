"""Themes can be read by everybody: contrast, colour blindness, sixteen colours, none; the dark one needs no file."""

from __future__ import annotations

import itertools
import math
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from opsconsole.console.theme import (
    COLOUR,
    DARK,
    HasLook,
    Look,
    Theme,
    faults,
    look_of,
    textual_theme,
)
from opsconsole.console.theme_store import read_theme
from opsconsole.core.lines import Style, Tint

FOLDER = Path(__file__).parents[2] / "themes"
THEMES = {path.stem: read_theme(path) for path in sorted(FOLDER.glob("*.yaml"))}
COLOURED = {name: theme for name, theme in THEMES.items() if not theme.ansi}
READ = ("text", "muted", "ok", "warning", "critical", "accent", "unknown")

Rgb = tuple[float, float, float]


def linear(colour: str) -> Rgb:
    """`#rrggbb` as linear light, 0..1 (IEC 61966-2-1)."""
    red, green, blue = (int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))
    return decoded(red), decoded(green), decoded(blue)


def decoded(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def contrast(one: str, two: str) -> float:
    """WCAG 2.2, 1.4.3: (L1 + 0.05) / (L2 + 0.05)."""
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(two)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


# Machado, Oliveira, Fernandes 2009, severity 1.0, for linear light.
BLINDNESS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def seen(colour: str, blindness: str) -> Rgb:
    """CIE L*a*b* (D65) of a colour as somebody with a colour blindness sees it."""
    light = linear(colour)
    red, green, blue = (min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, light, strict=True))))
                        for row in BLINDNESS[blindness])
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def difference(one: str, two: str, blindness: str) -> float:
    """ΔE (CIE 1976); 2.3 is just noticeable."""
    return math.dist(seen(one, blindness), seen(two, blindness))


def test_the_themes_of_the_design_are_there() -> None:
    assert set(THEMES) == {"dark", "light", "high-contrast", "colour-blind", "ansi", "mono"}


def test_the_dark_theme_in_code_is_the_one_in_the_file() -> None:
    assert THEMES["dark"] == DARK


@pytest.mark.parametrize("name", COLOURED)
def test_text_can_be_read_on_every_tint(name: str) -> None:
    theme = COLOURED[name]
    least = 7.0 if name == "high-contrast" else 4.5
    colours = msgspec.structs.asdict(theme.colours)
    grounds = {"background": theme.colours.background, **msgspec.structs.asdict(theme.tints)}
    low = [f"{text} on {ground} {contrast(colours[text], behind):.2f}" for ground, behind in grounds.items()
           for text in READ if contrast(colours[text], behind) < least]
    low += [f"faint on {ground} {contrast(colours['faint'], behind):.2f}" for ground, behind in grounds.items()
            if contrast(colours["faint"], behind) < 3]
    assert low == []
    assert contrast(colours["inverse"], colours["accent"]) >= least
    assert contrast(colours["text"], colours["selection"]) >= least


@pytest.mark.parametrize("name", COLOURED)
def test_three_greys_are_three(name: str) -> None:
    colours = COLOURED[name].colours
    ground = colours.background
    steps = [contrast(colour, ground) for colour in (colours.text, colours.muted, colours.faint)]
    assert steps[0] > 1.3 * steps[1] > 1.3 * 1.2 * steps[2]


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_states_stay_apart_for_the_colour_blind(blindness: str) -> None:
    colours = COLOURED["colour-blind"].colours
    states = {"ok": colours.ok, "warning": colours.warning, "critical": colours.critical}
    apart = {f"{a}/{b}": round(difference(states[a], states[b], blindness), 1)
             for a, b in itertools.combinations(states, 2)}
    assert min(apart.values()) >= 40, apart


@pytest.mark.parametrize("name", [name for name in THEMES if name not in COLOURED])
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


@pytest.mark.parametrize(("colour", "right"), [
    ("#11aaFF", True), ("default", True), ("bright-blue", True), ("blue", True), ("", False), ("#123", False),
    ("bright-default", False), ("#11aaff\n", False), ("grey", False), ("ansi_red", False)])
def test_what_is_a_colour(colour: str, right: bool) -> None:
    assert bool(COLOUR.fullmatch(colour)) == right


def test_faults_name_their_key() -> None:
    wrong = msgspec.structs.replace(DARK, colours=msgspec.structs.replace(DARK.colours, text="grey", ok="green"))
    assert [key for key, _ in faults(wrong)] == ["colours.text", "colours.ok"]
    terminal: Theme = msgspec.structs.replace(DARK, ansi=True)
    assert {key.partition(".")[0] for key, _ in faults(terminal)} == {"colours", "tints"}
    assert all(re.match(r"this (is|must) .*\.$", sentence) for _, sentence in faults(wrong) + faults(terminal))


def test_the_first_paint_needs_no_yaml() -> None:
    program = ("import sys; from pathlib import Path; from opsconsole.console.theme_store import ThemeStore\n"
               "path = Path('themes/dark.yaml'); ThemeStore(lambda: [path], path).get('dark')\n"
               "assert 'yaml' not in sys.modules, 'yaml was imported'")
    subprocess.run([sys.executable, "-c", program], check=True, cwd=FOLDER.parent, timeout=60)
