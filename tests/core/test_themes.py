"""Themes can be read by everybody: contrast, colour blindness; what is wrong with one is named."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import msgspec
import pytest

from opsconsole.core.themes import COLOUR, DARK, Theme, faults, read_theme

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
