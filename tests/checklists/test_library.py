"""Templates are found in their folders, seen when they are saved, and one that is wrong hides no other."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from opsconsole.checklists import sources
from opsconsole.checklists.library import Library
from opsconsole.checklists.settings import SETS, ChecklistSettings
from opsconsole.checklists.sources import MOST_FILES, Source, stamp_of
from opsconsole.checklists.template import encoded
from opsconsole.core.readfile import Unreadable
from tests.checklists.templates import VALID, library, short, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def titles(found: Library) -> dict[str, str]:
    """The titles of all templates, by slug."""
    return {slug: loaded.template.title for slug, loaded in found.templates.items()}


def told(found: Library) -> list[str]:
    """The mistakes, without the folders of their files."""
    return [str(one).rpartition("/")[2] for one in found.mistakes]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder of the installation's own templates."""
    folder = tmp_path / "checklists"
    folder.mkdir()
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of the program's sets."""
    folder = tmp_path / "program"
    write(folder / "generic", "morning.yaml", short("Morning"))
    write(folder / "generic", "evening.yml", short("Evening"))
    write(folder / "shop", "morning.yaml", short("Morning of a shop"))
    write(folder / "shop", "orders.yaml", short("Orders"))
    return folder


def test_the_named_sets_and_the_own_folder_are_read(own: Path, program: Path) -> None:
    write(own, "mine.yaml", short("Mine"))
    found = library(own, program, use=("generic",))
    assert titles(found) == {"evening": "Evening", "mine": "Mine", "morning": "Morning"}
    assert [loaded.set for loaded in found.templates.values()] == ["generic", "", "generic"]
    assert found.templates["mine"].path == own / "mine.yaml"
    assert found.mistakes == ()
    assert titles(library(own, program)) == {"mine": "Mine"}


def test_own_templates_come_before_sets_and_later_sets_before_earlier_ones(own: Path, program: Path) -> None:
    assert titles(library(own, program, use=("generic", "shop")))["morning"] == "Morning of a shop"
    assert titles(library(own, program, use=("shop", "generic")))["morning"] == "Morning"
    write(own, "other-name.yaml", short("My morning", "slug: morning"))
    found = library(own, program, use=("generic", "shop"))
    assert titles(found) == {"evening": "Evening", "morning": "My morning", "orders": "Orders"}
    assert found.mistakes == ()


def test_an_own_one_that_is_wrong_leaves_the_one_of_the_program(own: Path, program: Path) -> None:
    path = write(own, "morning.yaml", "title: [\n")
    found = library(own, program, use=("generic",))
    assert titles(found)["morning"] == "Morning"
    assert [one.source for one in found.mistakes] == [str(path)]
    write(own, "morning.yaml", short("My morning"))
    assert found.refresh()
    assert titles(found)["morning"] == "My morning"
    path.unlink()
    assert found.refresh()
    assert titles(found)["morning"] == "Morning"


def test_what_is_switched_off_is_not_there(own: Path, program: Path) -> None:
    write(own, "x.yaml", short("X", "slug: mine"))
    found = library(own, program, use=("generic",), off=("morning", "mine", "nothing"))
    assert list(found.templates) == ["evening"]
    assert found.get("morning") is None


def test_the_program_has_its_sets() -> None:
    found = Library(ChecklistSettings(use=SETS))
    assert all(loaded.set in SETS for loaded in found.templates.values())
    assert all("lacks" in one.message for one in found.mistakes)


def test_sets_that_are_none_lead_nowhere(own: Path, program: Path) -> None:
    write(program.parent / "secret", "x.yaml", short())
    assert library(own, program, use=("../secret", "..", "/etc", "nothing")).templates == {}
    (mistake,) = library(own, program, use=("dashboard",)).mistakes
    assert str(mistake) == f"{program}/dashboard:1:1: The installation lacks this folder; install opsconsole again."


def test_a_slug_is_the_name_of_the_file_unless_it_is_said(own: Path) -> None:
    write(own, "a.yaml", short("A"))
    write(own, "b.yaml", short("B", "slug: other"))
    found = library(own)
    assert titles(found) == {"a": "A", "other": "B"}
    assert all(slug == loaded.template.slug for slug, loaded in found.templates.items())
    assert len({loaded.hash for loaded in found.templates.values()}) == 2
    assert all(len(loaded.hash) == 64 and b'"slug":"' in encoded(loaded.template)
               for loaded in found.templates.values())


def test_a_file_whose_name_is_no_slug_has_to_say_one(own: Path) -> None:
    write(own, "My Check.yaml", short("A"))
    write(own, "Früh.yaml", short("B", "slug: early"))
    found = library(own)
    assert titles(found) == {"early": "B"}
    (line,) = told(found)
    assert line.startswith("My Check.yaml:1:1: The file's name without its ending, `My Check`, cannot be its slug")
    assert line.endswith("rename the file, or say a `slug`.")


def test_of_two_files_with_one_slug_the_first_counts(own: Path) -> None:
    write(own, "a.yaml", short("A"))
    write(own, "a.yml", short("A again"))
    write(own, "b.yaml", short("B", "slug: a"))
    found = library(own)
    assert titles(found) == {"a": "A"}
    assert told(found) == [
        "a.yml:1:1: The slug `a` is that of a.yaml already; give one of them another `slug`.",
        "b.yaml:6:7: The slug `a` is that of a.yaml already; give one of them another `slug`."]
    (own / "a.yaml").unlink()
    assert found.refresh()
    assert titles(found) == {"a": "A again"}
    assert len(found.mistakes) == 1


def test_only_files_of_templates_are_looked_at(own: Path) -> None:
    for name in ("x.yaml~", ".x.yaml", ".#x.yaml", "README.md", "x.yaml.swp", "x.json", "#x.yaml#"):
        write(own, name, "{")
    write(own / "folder", "deep.yaml", "{")
    (own / ".#locked.yaml").symlink_to("nobody@nowhere")
    assert library(own).templates == {}
    assert library(own).mistakes == ()



UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "folder": (lambda path: path.mkdir(), "It is a folder, not a file."),
    "pipe": (os.mkfifo, "It is a pipe, not a file."),
    "dangling": (lambda path: path.symlink_to("nowhere"), "It is a link that leads nowhere."),
    "circle": (lambda path: path.symlink_to(path.name), "It is a link that leads nowhere."),
    "device": (lambda path: path.symlink_to("/dev/zero"), "It is a device, not a file."),
    "large": (lambda path: path.write_bytes(b"#" * (2 << 20)), "It is larger than 1 MiB."),
    "bytes": (lambda path: path.write_bytes(b"title: \xff"), "The byte 0xff is not UTF-8; save the file as UTF-8."),
    "empty": (lambda path: path.touch(), "The file is empty: a template needs a `title` and `sections`."),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_no_readable_file_is_one_mistake(kind: str, own: Path) -> None:
    make, says = UNREADABLE[kind]
    write(own, "good.yaml", short())
    make(own / f"{kind}.yaml")
    found = library(own)
    (line,) = told(found)
    assert line in (f"{kind}.yaml:1:1: {says}", f"{kind}.yaml:1:8: {says}")
    assert list(found.templates) == ["good"]
    assert not found.refresh()


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_becomes_unreadable_stays_in_use_as_it_was(kind: str, own: Path) -> None:
    make, _ = UNREADABLE[kind]
    path = write(own, f"{kind}.yaml", short("Good"))
    found = library(own)
    assert titles(found) == {kind: "Good"}
    path.unlink()
    make(path)
    assert found.refresh()
    assert titles(found) == {kind: "Good"}
    assert len(found.mistakes) == 1
    path.rmdir() if kind == "folder" else path.unlink()
    assert found.refresh()
    assert found.templates == {}
    assert told(found) == []


def test_a_file_that_the_kernel_refuses_is_a_mistake_for_as_long(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As below, also where tests run as root."""
    path = write(own, "x.yaml", short())
    found = library(own)
    assert titles(found) == {"x": "Short"}

    def refused(path: str, limit: int) -> bytes:
        raise Unreadable(path, "may not be read by this user", errno.EACCES)

    monkeypatch.setattr(sources, "read_regular", refused)
    path.chmod(0)
    assert found.refresh()
    assert told(found) == ["x.yaml:1:1: It may not be read by this user."]
    assert titles(found) == {"x": "Short"}
    monkeypatch.undo()
    path.chmod(0o600)
    assert found.refresh()
    assert told(found) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(own: Path) -> None:  # pragma: no cover - tests may run as root
    path = write(own, "x.yaml", short())
    path.chmod(0)
    found = library(own)
    assert told(found) == ["x.yaml:1:1: It may not be read by this user."]
    path.chmod(0o600)
    assert found.refresh()
    assert titles(found) == {"x": "Short"}
    own.chmod(0)
    try:
        assert found.refresh()
        assert titles(found) == {"x": "Short"}
        assert "This folder cannot be read" in str(found.mistakes[0])
    finally:
        own.chmod(0o700)
    assert found.refresh()
    assert found.mistakes == ()


def test_a_folder_that_cannot_be_read_keeps_what_it_had(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(own, "x.yaml", short())
    found = library(own)
    assert list(found.templates) == ["x"]
    real = os.scandir

    def refused(path: Path) -> object:
        if path == own:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert found.refresh()
    assert list(found.templates) == ["x"]
    assert told(found) == ["checklists:1:1: This folder cannot be read: Permission denied."]
    monkeypatch.undo()
    assert found.refresh()
    assert found.mistakes == ()


def test_an_own_folder_that_is_a_file_is_a_mistake(tmp_path: Path) -> None:
    found = library(write(tmp_path, "checklists", "text"))
    assert told(found) == ["checklists:1:1: This folder cannot be read: Not a directory."]


def test_an_own_folder_need_not_be_there(tmp_path: Path) -> None:
    found = library(tmp_path / "nothing")
    assert not found.refresh()
    assert found.templates == {}
    write(tmp_path / "nothing", "x.yaml", short())
    assert found.refresh()
    assert list(found.templates) == ["x"]
    shutil.rmtree(tmp_path / "nothing")
    assert found.refresh()
    assert found.templates == {}


def test_more_files_than_anybody_has_are_not_read(own: Path) -> None:
    for number in range(MOST_FILES + 1):
        write(own, f"t{number:04}.yaml", "")
    found = library(own)
    assert told(found)[0] == (
        f"checklists:1:1: There are more than {MOST_FILES} templates here; the others are not read.")
    assert len(found.mistakes) == 1 + MOST_FILES


def test_the_program_may_lack_its_folder(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.core.errors import OpsError

    def lacking(name: str) -> Path:
        raise OpsError("The installation lacks it.", "Install opsconsole again.")

    monkeypatch.setattr("opsconsole.checklists.library.own_folder", lacking)
    write(own, "x.yaml", short())
    found = Library(ChecklistSettings(), own)
    assert list(found.templates) == ["x"]
    assert [str(one) for one in found.mistakes] == [
        "checklists:1:1: The installation lacks it. Install opsconsole again."]


def test_mistakes_come_in_the_order_of_files_and_places(own: Path, program: Path) -> None:
    write(program / "shop", "zz.yaml", "title: x\nwhat: 1\nsections: []\n")
    write(own, "a.yaml", "")
    write(own, "b.yaml", "{")
    found = library(own, program, use=("shop", "generic"))
    assert [line.partition(" ")[0] for line in told(found)] == ["zz.yaml:2:1:", "zz.yaml:3:11:", "a.yaml:1:1:",
                                                               "b.yaml:1:2:"]


def test_one_template_is_read_without_the_others(own: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = Source.understand

    def noted(self: Source) -> None:
        read.append(self.path.name)
        real(self)

    monkeypatch.setattr(Source, "understand", noted)
    write(own, "a.yaml", short("Said", "slug: said"))
    write(own, "b.yaml", short("Escaped", '"\\x73lug": "esc\\x61ped"'))
    write(own, "c.yaml", VALID)
    write(own, "broken.yaml", "{")
    found = library(own, program, use=("generic",))
    loaded = found.get("morning")
    assert loaded is not None
    assert (loaded.template.title, read) == ("Morning", ["morning.yaml", "b.yaml"])
    for slug, title in (("said", "Said"), ("escaped", "Escaped"), ("c", "Morning check"), ("evening", "Evening")):
        loaded = found.get(slug)
        assert loaded is not None
        assert loaded.template.title == title
    assert "broken.yaml" not in read
    assert found.get("a") is None
    assert "broken.yaml" in read
    assert found.get("b") is None
    assert len(found.mistakes) == 1


@pytest.mark.parametrize("slug", ["", "/", "../x", "\0", "x" * 10_000, "\udcff", "früh"])
def test_any_slug_can_be_asked_for(slug: str, own: Path) -> None:
    write(own, "x.yaml", short("X", "slug: y"))
    assert library(own).get(slug) is None


def test_stamps_tell_what_was_done_to_a_file(own: Path) -> None:
    assert stamp_of(own / "nothing") is None
    assert stamp_of(own / "\0") is None
    path = write(own, "x.yaml", "a")
    before = stamp_of(path)
    path.chmod(0o640)
    assert stamp_of(path) != before
