"""Finds the themes that there are, and notices when one of their files changes.

Themes come with the program (themes/ in a wheel or a checkout) and from folders of the user's own, which come
later and so win by name; the name of a theme is its file's. A broken file is a mistake to be told, never a
reason not to start: the dark theme is always there, as a constant.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.errors import ConfigError, OpsError
from opsconsole.core.themes import DARK, DARK_NAME, read_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opsconsole.console.theme import Look
    from opsconsole.core.paths import Paths
    from opsconsole.core.themes import Theme

Stamp = tuple[int, int, int]
"""Inode, size, time of change in ns: a file that was saved differs in at least one."""


class Change(NamedTuple):
    """What happened to the theme files since they were last looked at."""

    names: frozenset[str]
    """Themes that are new, gone, or look different now."""
    mistakes: tuple[str, ...]
    """`file:line:column: what is wrong`, of the files that changed; their themes look as they did."""


NOTHING = Change(frozenset(), ())


class ThemeStore:
    """The themes of this console, read when asked for.

    Args:
        files: the theme files, later ones win by name; called again at each look, since files come and go.
        shipped: the file that the constant `DARK` stands for; it is not read unless it changes.
    """

    def __init__(self, files: Callable[[], Sequence[Path]], shipped: Path | None = None) -> None:
        self._files = files
        self._shipped = shipped
        self._themes: dict[str, Theme] = {}
        self._stamps: dict[str, tuple[Path, Stamp]] = {}
        self._stamps = self._look()

    def names(self) -> tuple[str, ...]:
        """The themes that can be asked for, the dark one first."""
        return (DARK_NAME, *sorted(self._stamps.keys() - {DARK_NAME}))

    def get(self, name: str) -> Theme:
        """A theme by name.

        Raises:
            ConfigError: there is no such theme, or its file is wrong; says what to use, or file, line and column.
        """
        if name in self._themes:
            return self._themes[name]
        found = self._stamps.get(name)
        if found is None:
            if name == DARK_NAME:
                return DARK
            raise ConfigError(f"There is no theme called {name}.", f"Use one of {', '.join(self.names())}.")
        path = found[0]
        theme = DARK if name == DARK_NAME and path == self._shipped else read_theme(path)
        self._themes[name] = theme
        return theme

    def changed(self) -> Change:
        """What changed since the last call; costs a listing and a stat per file, so call it every second or two.

        A theme whose file is broken now, or gone, keeps its last look while this console runs.
        """
        now = self._look()
        names, mistakes = set(), []
        for name in now.keys() | self._stamps.keys():
            if now.get(name) == self._stamps.get(name):
                continue
            if name not in now:
                names.add(name)
                continue
            try:
                theme = read_theme(now[name][0])
            except ConfigError as error:
                mistakes.append(str(error))
                continue
            if self._themes.get(name) != theme:
                names.add(name)
            self._themes[name] = theme
        self._stamps = now
        return Change(frozenset(names), tuple(mistakes)) if names or mistakes else NOTHING

    def _look(self) -> dict[str, tuple[Path, Stamp]]:
        """Name to file and stamp; a file that cannot be looked at is as good as absent."""
        found = {}
        for path in self._files():
            try:
                status = path.stat()
            except OSError:
                continue
            if path.suffix in (".yaml", ".yml") and stat.S_ISREG(status.st_mode):
                found[path.stem] = (path, (status.st_ino, status.st_size, status.st_mtime_ns))
        return found


def look_for(wanted: str, there: int, themes: ThemeStore) -> tuple[Look, OpsError | None]:
    """The look to begin with, and what was wrong with the wanted one.

    Without colours it is `mono`; with sixteen, `ansi` unless the wanted theme keeps to them too.
    """
    from opsconsole.console.theme import Look  # noqa: PLC0415 - brings in Textual

    mistake: OpsError | None = None
    try:
        look = Look(themes.get(wanted), wanted)
    except OpsError as error:
        look, mistake = Look(), error
    instead = "mono" if not there else "ansi" if there <= 16 and not look.theme.ansi else ""
    if instead:
        try:
            look = Look(themes.get(instead), instead)
        except OpsError as error:
            mistake = mistake or error
    return look, mistake


def themes_of(paths: Paths) -> ThemeStore:
    """The themes of the program, and those beside the configuration file."""
    from opsconsole.core.resources import folder, own_folder  # noqa: PLC0415 - a store can stand on any files

    own = [] if paths.config is None else [paths.config.parent / "themes"]
    return ThemeStore(lambda: folder("themes", own), own_folder("themes") / "dark.yaml")
