"""A YAML file as frozen settings, or every mistake in it with its place.

The types are the msgspec structs themselves: what they allow, `convert` reads from the file's texts. A struct adds
what its types cannot say in a method `mistakes`, which yields the path of a key (dotted, relative to the struct, empty
for the struct itself) and a sentence, or by raising ValueError in `__post_init__`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from opsconsole.core.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    KeyPath = str | tuple[str, ...]
    Check = Callable[[Any], Iterable[tuple[KeyPath, str]]]

T = TypeVar("T")

MOST_SHOWN = 100
"""Mistakes; whoever makes more has given the wrong file."""


class Mistake(NamedTuple):
    """One thing that is wrong at one place; line and column count from 1, columns in characters."""

    source: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.message}"


class ConfigMistakes(ConfigError):  # noqa: N818 - it holds several
    """All mistakes of one file, in its order; `str()` has one line for each."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count, source = len(self.mistakes), self.mistakes[0].source
        what = "is a mistake" if count == 1 else f"are {count} mistakes"
        super().__init__(f"There {what} in {source}.", "Correct the places that are named.")

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


class ConfigForbidden(ConfigError):  # noqa: N818 - as PermissionDenied
    """The kernel does not let this user read the file."""

    exit_code = ExitCode.PERMISSION


def decode(text: str | bytes, into: type[T], *, source: str, env: Mapping[str, str] | None,
           check: Check | None = None, need_secrets: bool = True) -> T:
    """The settings that a YAML text describes; an empty text is the defaults.

    Args:
        text: YAML; bytes are UTF-8.
        into: a frozen msgspec struct.
        source: what the places begin with: the file's name.
        env: where `${NAME}` is looked up; None leaves every `$` as it is, for texts that are no configuration.
        check: yields what only the caller can know to be wrong, as a struct's `mistakes` does.
        need_secrets: whether a secret that cannot be fetched is a mistake, or only fails when it is revealed.

    Raises:
        ConfigMistakes: with all mistakes.
        TypeError: `into` holds a type that no YAML can say; a mistake of the program.
    """
    from opsconsole.core.convert import Converter  # noqa: PLC0415 - yaml and the types come only with a file
    from opsconsole.core.text import limited  # noqa: PLC0415
    from opsconsole.core.yamltree import read_tree  # noqa: PLC0415

    tree = read_tree(text)
    converter = Converter(env, tree.problems, need_secrets=need_secrets)
    value: Any = None
    # After a mistake in the grammar nothing is known of the rest.
    if tree.root is not None or not tree.problems:
        value = converter.convert(tree.root, into, check)
    if converter.problems:
        name = limited(source, 200)
        ordered = sorted(dict.fromkeys(converter.problems))[:MOST_SHOWN]
        raise ConfigMistakes([Mistake(name, line, column, message) for line, column, message in ordered])
    return cast("T", value)


def load_file(path: Path | str, into: type[T], env: Mapping[str, str] | None = None, *, check: Check | None = None,
              need_secrets: bool = True) -> T:
    """The settings in a file; see `decode`.

    Raises:
        ConfigMistakes: something in it is wrong.
        ConfigForbidden: this user may not read it.
        ConfigError: it is missing, no regular file, too large, or unreadable.
    """
    from opsconsole.core.readfile import Unreadable, read_regular  # noqa: PLC0415
    from opsconsole.core.yamltree import MOST_BYTES  # noqa: PLC0415

    try:
        raw = read_regular(os.fspath(path), MOST_BYTES)
    except Unreadable as problem:
        if problem.forbidden:
            raise ConfigForbidden(f"{problem.sentence}.", "Ask its owner for permission to read it.") from problem
        todo = "Look at its name and place." if problem.missing else "Name a regular YAML file."
        raise ConfigError(f"{problem.sentence}.", todo) from problem
    return decode(raw, into, source=os.fspath(path), env=env, check=check, need_secrets=need_secrets)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean `x`?` for a misspelled name, or nothing when none of the known ones is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong file needs it

    by_lower = {each.lower(): each for each in known}
    # Longer than any key: comparing it would take time and find nothing.
    near = get_close_matches(name[:64].lower().replace("-", "_"), by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[near[0]]}`?" if near else ""
