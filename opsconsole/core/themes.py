"""Themes as data: what a theme file says, what is wrong with it, and the dark theme as a constant.

A theme names a colour for each meaning, never for a place. How it is drawn is the matter of `console.theme`; this
knows no terminal toolkit, so that commands can check theme files too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

TERMINAL_COLOURS = tuple(f"{bright}{name}" for bright in ("", "bright-") for name in (
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
"""The sixteen colours that every terminal has, in the order of their numbers."""
DEFAULT = "default"
"""The terminal's own text or background colour."""

COLOUR = re.compile(rf"#[0-9a-fA-F]{{6}}|{DEFAULT}|(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white)")

ColourName = str
Attribute = Literal["bold", "dim", "italic", "underline", "reverse"]


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A colour for each meaning: `#rrggbb`, `default`, or one of the sixteen names such as `bright-blue`."""

    background: ColourName
    text: ColourName
    muted: ColourName
    faint: ColourName
    accent: ColourName
    ok: ColourName
    warning: ColourName
    critical: ColourName
    unknown: ColourName
    inverse: ColourName
    """Text on the accent colour."""
    selection: ColourName
    """Behind selected text of an input."""


class Tints(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A colour for each `Tint`, as in `Colours`."""

    bar: ColourName
    cursor: ColourName
    warning: ColourName
    critical: ColourName


class TintTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One colour for all text on a tint, where the text's own colours cannot be relied on; empty keeps them."""

    bar: ColourName = ""
    cursor: ColourName = ""
    warning: ColourName = ""
    critical: ColourName = ""


class StyleMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Attributes of the terminal that tell a style where colour does not."""

    text: tuple[Attribute, ...] = ()
    muted: tuple[Attribute, ...] = ()
    faint: tuple[Attribute, ...] = ()
    accent: tuple[Attribute, ...] = ()
    ok: tuple[Attribute, ...] = ()
    warning: tuple[Attribute, ...] = ()
    critical: tuple[Attribute, ...] = ()
    unknown: tuple[Attribute, ...] = ()
    inverse: tuple[Attribute, ...] = ()


class TintMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for tints."""

    bar: tuple[Attribute, ...] = ()
    cursor: tuple[Attribute, ...] = ()
    warning: tuple[Attribute, ...] = ()
    critical: tuple[Attribute, ...] = ()


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One theme file.

    `ansi` themes use the terminal's own sixteen colours and defaults only. A theme whose every colour is
    `default` is without colour: no colour code reaches the terminal.
    """

    title: str
    dark: bool = True
    ansi: bool = False
    colours: Colours
    tints: Tints
    tint_texts: TintTexts = TintTexts()
    style_marks: StyleMarks = StyleMarks()
    tint_marks: TintMarks = TintMarks()

    @property
    def colourless(self) -> bool:
        """Whether it has no colour at all, as NO_COLOR asks."""
        return all(colour in ("", DEFAULT) for group in (self.colours, self.tints, self.tint_texts)
                   for colour in msgspec.structs.astuple(group))


def faults(theme: Theme) -> list[tuple[str, str]]:
    """What is wrong with a theme's colours, as (path of the key, sentence); empty when nothing is."""
    found: list[tuple[str, str]] = []
    for group, colours in (("colours", theme.colours), ("tints", theme.tints), ("tint_texts", theme.tint_texts)):
        for name, colour in msgspec.structs.asdict(colours).items():
            key = f"{group}.{name}"
            if not colour and group == "tint_texts":
                continue
            if not COLOUR.fullmatch(colour):
                found.append((key, "this is no colour; use #rrggbb, or a terminal colour such as bright-blue."))
            elif theme.ansi and colour.startswith("#"):
                found.append((key, "this must be a terminal colour such as bright-blue, because of `ansi: true`."))
            elif not theme.ansi and not colour.startswith("#"):
                found.append((key, "this must be #rrggbb; terminal colours are for themes with `ansi: true`."))
    return found


DARK_NAME = "dark"
DARK = Theme(
    title="Dark",
    colours=Colours(background="#11151a", text="#d8dee6", muted="#97a2ae", faint="#6f7b87", accent="#6cb6ff",
                    ok="#7cc47f", warning="#e3b341", critical="#ff7b72", unknown="#c3a6e8", inverse="#0d1116",
                    selection="#2c4a6e"),
    tints=Tints(bar="#1a2028", cursor="#212c38", warning="#2d2615", critical="#3c1d20"),
)
"""The same as themes/dark.yaml, so that the console starts with no file and without the time to read one."""


def read_theme(path: Path) -> Theme:
    """A theme file's content.

    Raises:
        ConfigError: it cannot be read, or is wrong; all mistakes with file, line and column.
    """
    from opsconsole.core.config import load_file  # noqa: PLC0415 - brings in yaml

    return load_file(path, Theme, check=faults)
