"""What stands on the pages: their blocks, and in those the commands with what they are said to print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")), ROOT / "checklists" / "README.md")
"""What people read."""
GENERATED = frozenset({"commands.md", "keys.md", "settings.md", "checklist-templates.md"})
"""Reference pages, written from the program itself; they have no examples."""
SHELL = frozenset({"sh", "bash", "console"})
_BLOCK = re.compile(r"(?ms)^( *)```(\w*)\n(.*?)^ *```")
_HERE = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Block(NamedTuple):
    """A fenced block."""

    page: str
    """The name of the page; that of the checklists' own is `checklists/README.md`."""
    line: int
    """The first line of what stands in it."""
    language: str
    text: str

    @property
    def name(self) -> str:
        """Page and line, for whoever looks for it."""
        return f"{self.page}:{self.line}"


class Command(NamedTuple):
    """What somebody types, and what the page says that they see then."""

    line: int
    typed: str
    shown: tuple[str, ...] | None = None
    """The lines below it; None where the page shows none."""

    @property
    def bare(self) -> str:
        """Without the remark at its end."""
        return re.sub(r"\s+# .*", "", self.typed)

    @property
    def remark(self) -> str:
        """What the page says beside it."""
        return self.typed[len(self.bare):]


def page_name(page: Path) -> str:
    """What a page is called here."""
    return page.name if page.parent != ROOT / "checklists" else "checklists/README.md"


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(page_name(page), text.count("\n", 0, match.start()) + 2, match[2], dedent(match[3]))
            for match in _BLOCK.finditer(text)]


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block of shell.

    In `console`, they stand behind `$ `, or behind `> ` where they go on, with what they print below them; else each
    line is one, but for lines that go on.
    """
    if block.language == "console":
        yield from _session(block)
        return
    lines = iter(enumerate(block.text.splitlines(), block.line))
    for number, line in lines:
        typed = line
        while not _whole(typed):
            typed += "\n" + next(lines)[1]
        if typed.strip() and not typed.lstrip().startswith("#"):
            yield Command(number, typed)


def _session(block: Block) -> Iterator[Command]:
    typed, shown, first = "", list[str](), block.line
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            if typed:
                yield Command(first, typed, tuple(shown))
            typed, shown, first = line[2:], [], number
        elif line.startswith("> ") and not shown and not _whole(typed):
            typed += "\n" + line[2:]
        else:
            shown.append(line)
    yield Command(first, typed, tuple(shown))


def _whole(typed: str) -> bool:
    """Whether a shell would not wait for more."""
    if typed.endswith("\\"):
        return False
    if here := _HERE.search(typed):
        return re.search(rf"(?m)^\t*{here[2]}$", typed) is not None
    try:
        shlex.split(typed, comments=True)
    except ValueError:
        return False
    return True


def calls(script: str) -> Iterator[list[str]]:
    """The arguments of each call of opsconsole in some lines of shell."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        arguments: list[str] | None = None
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;<>()"):
                if arguments is not None:
                    yield arguments
                arguments = None
            elif arguments is not None:
                arguments.append(word)
            elif word == "opsconsole":
                arguments = []
