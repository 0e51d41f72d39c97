"""Files of a ticket: nothing in them acts, wherever they are shown, and a name leads nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console import outside
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.files import (
    is_text,
    place,
    readable,
    safe_name,
    save,
    wrong_file,
    wrong_path,
)
from opsconsole.core.blobs import Blobs
from opsconsole.core.errors import OpsError
from opsconsole.core.identity import Role
from opsconsole.tickets.model import EventKind
from opsconsole.tickets.screen.ticket import TicketScreen
from tests.hostile import CORPUS, assert_inert
from tests.tickets.desk import ANA, SUE
from tests.tickets.screen.ticket_app import LOG, Morning, shown

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def pager(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was given to the pager."""
    given: list[str] = []

    async def show(app: object, text: str, configured: object = ()) -> None:
        given.append(text)

    monkeypatch.setattr(outside, "show", show)
    return given


async def on_file(one: Any, name: str) -> None:
    file = next(file for file in one.screen.case.files if file.name == name)
    assert one.screen.page.stand_on(f"file:{file.id}")
    await one.pilot.pause()


async def test_a_text_is_shown_harmless(there: Morning, pager: list[str]) -> None:
    async with shown(there) as one:
        await one.press("o")
        assert "Put the cursor on a file first." in one.notices
        await on_file(one, "redis.log")
        await one.press("o")
        await one.press("enter")
    assert pager == [LOG.decode().replace("\x1b", "␛")] * 2


async def test_what_is_no_text_is_not_shown(there: Morning, pager: list[str]) -> None:
    async with shown(there) as one:
        await one.service.attach(ANA, 3, "shot.png", b"\x89PNG\r\n\x1a\n\0\0\0")
        await one.press("ctrl+r")
        await on_file(one, "shot.png")
        await one.press("o")
        assert any(notice.startswith("shot.png is no text but") for notice in one.notices)
    assert pager == []


async def test_without_files_that_is_said(there: Morning, pager: list[str]) -> None:
    async with shown(Morning(there.folder, 1)) as one:
        await one.press("o")
        assert "It has no files." in one.notices


async def test_saving(there: Morning, tmp_path: Path, home: Path) -> None:
    async with shown(there) as one:
        await on_file(one, "redis.log")
        await one.press("s")
        assert isinstance(one.app.screen, Ask)
        await one.press("enter")
        assert (home / "redis.log").read_bytes() == LOG
        (home / "redis.log").write_bytes(b"mine")
        await one.press("s", "enter")
        assert isinstance(one.app.screen, Confirm)
        await one.press("n")
        assert (home / "redis.log").read_bytes() == b"mine"
        await one.press("s", "enter", "y")
        assert (home / "redis.log").read_bytes() == LOG
        await one.press("s", "escape")
        assert isinstance(one.app.screen, TicketScreen)


async def test_attaching_and_deleting(there: Morning, home: Path) -> None:
    (home / "new.txt").write_text("new")
    async with shown(there, who=SUE, role=Role.SUPERVISOR) as one:
        await one.press("f", "'~/nothing", "enter")
        assert "There is no such file." in one.text
        await one.press("escape", "f", "'~/new.txt", "enter")
        assert (await one.events())[-1].data["name"] == "new.txt"
        await on_file(one, "new.txt")
        await one.press("D", "enter")
        assert "Say why, or go back." in one.text
        await one.press("'secret", "enter")
        last = (await one.events())[-1]
        assert (last.kind, last.text) == (EventKind.DETACHED, "secret")
        assert "deleted by sue" in one.text


@pytest.mark.parametrize(("name", "safe"), [
    ("a.log", "a.log"), ("../../etc/passwd", "passwd"), ("C:\\temp\\x.txt", "x.txt"), ("", "attachment"),
    ("...", "attachment"), ("/", "attachment"), (".bashrc", "bashrc"), ("a\nb", "a␊b"), ("a:b?c", "a_b_c"),
    ("x" * 300, "x" * 120),
])
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=60))
def test_any_name_stays_in_its_folder(name: str) -> None:
    made = safe_name(name)
    assert made == Path(made).name
    assert made not in ("", ".", "..")
    assert not made.startswith(".")
    assert_inert(made)


@pytest.mark.parametrize("text", CORPUS)
def test_readable_is_harmless(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert_inert(readable(raw, len(raw)), lines=True)


def test_readable_says_what_is_missing() -> None:
    assert readable(b"a\xff\n", 2_000) == "a\\xff\n\n(2 KiB more are not shown; save the file to read them)\n"
    assert is_text("ä\x1b".encode())
    assert not is_text(b"a\0")


def test_places(home: Path, tmp_path: Path) -> None:
    assert place("~", "x") == home / "x"
    assert place(f"{tmp_path}/new") == tmp_path / "new"
    assert wrong_path("") == "Say where."
    assert wrong_path(f"{tmp_path}/no/x") == f"There is no folder {tmp_path}/no."[:len("There is no folder ") + 50] + (
        "" if len(f"{tmp_path}/no") <= 50 else "….")
    assert wrong_path(str(tmp_path)) is None
    assert wrong_file("") == "Say which."


def test_saving_leaves_nothing_half_done(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    blob = blobs.put(b"content")
    save(blobs, blob.sha256, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"content"
    for attempt in _failing(blobs, blob.sha256, tmp_path):
        with pytest.raises(OpsError):
            attempt()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blobs", "out"]


def _failing(blobs: Blobs, sha256: str, folder: Path) -> list[Callable[[], None]]:
    return [lambda: save(blobs, "0" * 64, folder / "none"), lambda: save(blobs, sha256, folder / "no" / "folder"),
            lambda: save(blobs, sha256, folder / "blobs")]
