"""What the console looks like: how a theme (`core.themes`) draws the semantic styles of `core.lines`.

`Look` is a theme ready to draw with. Widgets take it as their argument `look`, or else ask their app for it
(`HasLook`), each time they draw: an app that changes its `look` and then its Textual theme changes them all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec
from rich.color import Color as RichColor
from rich.style import Style as RichStyle
from textual.theme import Theme as TextualTheme

from opsconsole.core.lines import Style, Tint
from opsconsole.core.themes import DARK, DARK_NAME, DEFAULT, TERMINAL_COLOURS

if TYPE_CHECKING:
    from opsconsole.core.themes import Attribute, ColourName, Theme


@lru_cache(maxsize=256)
def _rich_colour(name: ColourName) -> RichColor:
    if name.startswith("#"):
        return RichColor.parse(name)
    return RichColor.default() if name == DEFAULT else RichColor.from_ansi(TERMINAL_COLOURS.index(name))


def _textual_colour(name: ColourName) -> str:
    return name if name.startswith("#") else f"ansi_{name.replace('-', '_')}"


class Look:
    """A theme that can be drawn with.

    Its styles are complete: each says foreground, background and attributes, so that they can be laid over
    nothing. In a theme without colour they say attributes only.
    """

    def __init__(self, theme: Theme = DARK, name: str = DARK_NAME) -> None:
        self.theme = theme
        self.name = name
        self._styles: dict[tuple[Style, bool, Tint], RichStyle] = {}

    def style(self, style: Style = Style.TEXT, strong: bool = False, tint: Tint = Tint.NONE) -> RichStyle:
        """How a span in `style` looks on a line with `tint`; always the same object for the same arguments."""
        key = (style, strong, tint)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._resolved(style, strong, tint)
        return found

    def blank(self, tint: Tint = Tint.NONE) -> RichStyle:
        """How empty cells look on a line with `tint`."""
        return self.style(Style.TEXT, False, tint)

    def _resolved(self, style: Style, strong: bool, tint: Tint) -> RichStyle:
        theme = self.theme
        marks: list[Attribute] = list(getattr(theme.style_marks, style.value))
        foreground: ColourName = getattr(theme.colours, style.value)
        background: ColourName = theme.colours.background
        if style is Style.INVERSE:
            background = theme.colours.accent
            if "reverse" in marks:
                foreground, background = theme.colours.accent, theme.colours.background
        if tint is not Tint.NONE:
            tint_marks: tuple[Attribute, ...] = getattr(theme.tint_marks, tint.value)
            if "reverse" in tint_marks and "reverse" in marks:
                marks.remove("reverse")
                tint_marks = tuple(mark for mark in tint_marks if mark != "reverse")
            marks.extend(tint_marks)
            if style is not Style.INVERSE:
                background = getattr(theme.tints, tint.value)
                foreground = getattr(theme.tint_texts, tint.value) or foreground
        attributes = RichStyle.parse(" ".join((*marks, "bold") if strong else marks))
        if theme.colourless:
            return attributes
        return RichStyle.from_color(_rich_colour(foreground), _rich_colour(background)) + attributes


@runtime_checkable
class HasLook(Protocol):
    """An app that says what its widgets look like."""

    @property
    def look(self) -> Look:
        """The present look; another object after a change of theme."""


PLAIN = Look()


def look_of(app: object) -> Look:
    """The look of an app; the dark one when it has none."""
    return app.look if isinstance(app, HasLook) else PLAIN


def textual_theme(theme: Theme, name: str) -> TextualTheme:
    """The theme for Textual's own parts: inputs, palette, toasts, scrollbars.

    Style sheets may use `$background $bar $text $muted $faint $accent $ok $warning $critical $unknown $inverse
    $selection $cursor-tint $warning-tint $critical-tint`.
    """
    colour = {name: _textual_colour(value) for name, value in msgspec.structs.asdict(theme.colours).items()}
    tint = {name: _textual_colour(value) for name, value in msgspec.structs.asdict(theme.tints).items()}
    return TextualTheme(
        name=name, dark=theme.dark, ansi=theme.ansi, primary=colour["accent"], secondary=colour["muted"],
        accent=colour["accent"], foreground=colour["text"], background=colour["background"],
        surface=tint["bar"], panel=tint["bar"], boost=tint["bar"], success=colour["ok"],
        warning=colour["warning"], error=colour["critical"], variables=_variables(colour, tint),
    )


def _variables(colour: dict[str, str], tint: dict[str, str]) -> dict[str, str]:
    """Every variable that Textual would otherwise derive by blending, so that nothing leaves the palette."""
    own = {"bar": tint["bar"], "muted": colour["muted"], "faint": colour["faint"], "ok": colour["ok"],
           "critical": colour["critical"], "unknown": colour["unknown"], "inverse": colour["inverse"],
           "selection": colour["selection"], "cursor-tint": tint["cursor"], "warning-tint": tint["warning"],
           "critical-tint": tint["critical"]}
    quiet = dict.fromkeys(("footer-background", "footer-item-background", "footer-key-background",
                           "footer-description-background", "surface-active"), tint["bar"])
    text = dict.fromkeys(("text", "footer-key-foreground", "block-cursor-blurred-foreground", "button-foreground",
                          "block-cursor-foreground", "link-color", "link-color-hover", "footer-foreground",
                          "input-selection-foreground", "screen-selection-foreground"), colour["text"])
    muted = dict.fromkeys(("text-muted", "foreground-muted", "footer-description-foreground"), colour["muted"])
    faint = dict.fromkeys(("text-disabled", "foreground-disabled", "border-blurred", "scrollbar"), colour["faint"])
    accent = dict.fromkeys(("text-primary", "text-accent", "border"), colour["accent"])
    hover = dict.fromkeys(("scrollbar-hover", "scrollbar-active"), colour["muted"])
    ground = dict.fromkeys(("scrollbar-background", "scrollbar-corner-color", "scrollbar-background-hover",
                            "scrollbar-background-active", "input-cursor-foreground"), colour["background"])
    cursor = dict.fromkeys(("block-cursor-background", "block-cursor-blurred-background", "block-hover-background",
                            "link-background-hover"), tint["cursor"])
    titles = {f"markdown-h{level}-color": colour["text"] for level in range(1, 7)}
    # Textual's own style sheets need the first two, but its terminal palettes lack them.
    return {"ansi-background": "transparent", "ansi-foreground": "transparent", **titles, **own,
            **quiet, **text, **muted, **faint, **accent, **hover, **ground, **cursor,
            "text-secondary": colour["muted"], "background-muted": colour["background"],
            "text-warning": colour["warning"], "text-error": colour["critical"],
            "text-success": colour["ok"], "input-cursor-background": colour["text"],
            "input-selection-background": colour["selection"], "screen-selection-background": colour["selection"],
            "button-color-foreground": colour["inverse"], "warning-muted": tint["warning"],
            "error-muted": tint["critical"], "success-muted": tint["bar"], "primary-muted": tint["cursor"],
            "accent-muted": tint["cursor"], "secondary-muted": tint["bar"]}
