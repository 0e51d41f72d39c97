"""Every command of every page runs as it is printed, in order, on a fresh home, and prints what the page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.pages import GENERATED, PAGES, ROOT, SHELL, Block, blocks, calls, commands, page_name
from tests.docs.reader import Reader, unlike
from tests.docs.ready import program_at
from tests.docs.stories import BY_HAND, ELSEWHERE, OTHER_EXAMPLES, STORIES, Story
from tests.servers.web import Asked, reply, web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docs.pages import Command

TOLD = [page for page in PAGES if page_name(page) not in GENERATED
        and any(block.language in SHELL for block in blocks(page))]
REALLY = (ROOT / "README.md",)
"""Pages that are followed with the program as it is installed, and not with one that is loaded already."""
_STATUS = re.compile(r"exit status (\d+)")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program that is loaded already."""
    with program_at(tmp_path_factory.mktemp("program")) as program:
        yield program


@pytest.fixture
def reader(tmp_path: Path, page: Path, ready: Path) -> Iterator[Reader]:
    """Somebody new, and a site that says that all is well to whoever asks."""
    def answer(_: Asked) -> bytes:
        return reply(200, b'{"status": "ok"}', {"Content-Type": "application/json"})

    with web(answer) as site, Reader(
            tmp_path / "machine", site.port, None if page in REALLY else ready) as somebody:
        yield somebody


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", TOLD, ids=page_name)
def test_a_page_can_be_followed(page: Path, reader: Reader) -> None:
    story = STORIES.get(page_name(page), Story())
    reader.writes(story.files)
    for line in story.before.splitlines():
        said = reader.types(line)
        assert said.status in {0, 1}, f"{line}: {said.output}"
    wrong = []
    for block in blocks(page):
        if block.language == "yaml":
            configure(reader, block)
        if block.language in SHELL:
            wrong += [found for command in commands(block) if (found := follow(reader, block, command, story))]
    assert not wrong, "\n\n".join(wrong)


def configure(reader: Reader, block: Block) -> None:
    """Configurations are added up; whatever else it is, it stands where the page says that it belongs."""
    first = block.text.partition("\n")[0]
    if first.startswith("title: "):
        reader.writes({OTHER_EXAMPLES[first.removeprefix("title: ")]: block.text})
    else:
        reader.configures(block)


def follow(reader: Reader, block: Block, command: Command, story: Story) -> str:
    """Do what is printed; what is not as the page says, empty where all is."""
    place = f"{block.page}:{command.line}: {command.bare}"
    if (block.page, command.bare) in ELSEWHERE:
        return ""
    if (moment := story.times.get(command.bare)) is not None:
        reader.clock.go_to(moment)
    if (by_hand := BY_HAND.get(command.bare)) is not None:
        by_hand(reader)
        return ""
    said = reader.types(command.typed)
    allowed = {0, *map(int, _STATUS.findall(command.remark))} | story.ends.get(command.bare, set())
    if said.status not in allowed or "Traceback" in said.output:
        return f"{place}\nends with {said.status} and says\n{said.output}"
    if command.shown is not None and (difference := unlike(command.shown, reader.printed(said.output))):
        return f"{place}\n{difference}"
    return ""


def known() -> set[tuple[str, str]]:
    """Every command of every page."""
    return {(block.page, command.bare) for page in PAGES for block in blocks(page) if block.language in SHELL
            for command in commands(block)}


def test_what_cannot_be_run_here_is_on_the_pages() -> None:
    """The list shrinks with the pages, and names nothing that could be run."""
    assert set(ELSEWHERE) <= known()
    outside = re.compile(r"^(sudo|systemctl|loginctl|journalctl|ssh|make|pipx|groupadd|scp)\b")
    assert [key for key in ELSEWHERE if not outside.match(key[1]) and not any(calls(key[1]))] == []


def test_most_commands_are_run() -> None:
    everything = known()
    assert len(everything) > 150
    assert len(ELSEWHERE) < len(everything) / 8


@pytest.mark.parametrize(("shown", "printed", "same"), [
    (["#1  redis  open"], "#1 redis   open\n", True), (["#1 redis"], "#2 redis\n", False),
    (["at 08:00, 12 ms"], "at 23:59, 3.4 ms\n", True), (["a", "…", "z"], "a\nb\nc\nz\n", True),
    (["a … z"], "a to z\n", True), (["a"], "a\nb\n", False), (["12 KB"], "7 MB\n", False)])
def test_what_is_shown_is_compared(shown: list[str], printed: str, same: bool) -> None:
    assert (unlike(tuple(shown), printed) == "") == same


def test_a_session_is_read() -> None:
    block = Block("x.md", 7, "console", "$ a 'b\n> c'\nd\ne\n$ f  # g\n")
    found: list[Any] = [(command.line, command.typed, command.shown) for command in commands(block)]
    assert found == [(7, "a 'b\nc'", ("d", "e")), (11, "f  # g", ())]


def test_lines_that_go_on_are_one_command() -> None:
    block = Block("x.md", 1, "sh", "# remark\na \\\n  b\nc <<'END'\nd\nEND\ne  # exit status 1: f\n")
    found = list(commands(block))
    assert [command.typed.splitlines()[0] for command in found] == ["a \\", "c <<'END'", "e  # exit status 1: f"]
    assert (found[-1].bare, found[-1].line) == ("e", 7)
