"""Templates that are saved while the program runs, in all the ways in which editors do that."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.checklists import sources
from opsconsole.core.readfile import read_regular
from tests.checklists.templates import library, short, write

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.checklists.library import Library

OLD = 1_700_000_000_000_000_000


def title(found: Library, slug: str = "x") -> str:
    """The title of one template; empty: there is none."""
    loaded = found.templates.get(slug)
    return loaded.template.title if loaded is not None else ""


def test_nothing_is_read_again_where_nothing_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        path = write(tmp_path, f"t{number}.yaml", short())
        os.utime(path, ns=(OLD, OLD))
    found = library(tmp_path)
    assert found.refresh()
    before = found.templates

    def never(path: str, limit: int) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr(sources, "read_regular", never)
    assert not found.refresh()
    assert found.templates is before


def test_only_what_was_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        os.utime(write(tmp_path, f"{name}.yaml", short(name)), ns=(OLD, OLD))
    found = library(tmp_path)
    kept = found.templates["a"]
    read: list[str] = []
    real = read_regular

    def noted(path: str, limit: int) -> bytes:
        read.append(path)
        return real(path, limit)

    monkeypatch.setattr(sources, "read_regular", noted)
    path = write(tmp_path, "b.yaml", short("Other"))
    assert found.refresh()
    assert read == [str(path)]
    assert title(found, "b") == "Other"
    assert found.templates["a"] is kept


def test_a_change_within_one_tick_of_the_file_system_is_seen(tmp_path: Path) -> None:
    """All times and the size are as before: only the bytes differ."""
    path = write(tmp_path, "x.yaml", short("One"))
    found = library(tmp_path)
    assert title(found) == "One"
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    found.refresh()
    source = found._all()[0]
    with path.open("r+") as file:
        file.write(short("Two"))
    os.utime(path, ns=(now, now))
    stamp = sources.stamp_of(path)
    assert stamp is not None
    source.stamp = stamp
    assert found.refresh()
    assert title(found) == "Two"


def test_another_size_at_the_same_time_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path, "x.yaml", short("One"))
    os.utime(path, ns=(OLD, OLD))
    found = library(tmp_path)
    assert title(found) == "One"
    path.write_text(short("Eleven"))
    os.utime(path, ns=(OLD, OLD))
    assert found.refresh()
    assert title(found) == "Eleven"


@pytest.mark.parametrize("how", ["in place", "rename over", "rename away", "remove and make", "link switched"])
def test_every_way_of_saving_is_seen(how: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    path = write(own, "x.yaml", short("One"))
    if how == "link switched":
        path.rename(tmp_path / "one")
        path.symlink_to(tmp_path / "one")
    found = library(own)
    assert title(found) == "One"
    new = write(tmp_path, "new", short("Two"))
    match how:
        case "in place":
            path.write_text(short("Two"))
        case "rename over":
            new.replace(path)
        case "rename away":
            path.rename(own / "x.yaml~")
            new.rename(path)
        case "remove and make":
            path.unlink()
            path.write_text(short("Two"))
        case "link switched":
            path.unlink()
            path.symlink_to(new)
    assert found.refresh()
    assert title(found) == "Two"
    assert not found.refresh()


def test_what_a_link_names_is_what_is_watched(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    target = write(tmp_path, "target", short("One"))
    (own / "x.yaml").symlink_to(target)
    found = library(own)
    assert title(found) == "One"
    target.write_text(short("Two and more"))
    assert found.refresh()
    assert title(found) == "Two and more"


def test_an_editor_may_be_met_in_the_middle_of_saving(tmp_path: Path) -> None:
    path = write(tmp_path, "x.yaml", short("One"))
    found = library(tmp_path)
    assert title(found) == "One"
    path.write_text("")
    assert found.refresh()
    assert title(found) == "One"
    path.write_text(short("Two")[:20])
    assert found.refresh()
    assert title(found) == "One"
    assert len(found.mistakes) >= 1
    path.write_text(short("Two"))
    assert found.refresh()
    assert title(found) == "Two"
    assert found.mistakes == ()


def test_a_touch_is_no_change(tmp_path: Path) -> None:
    path = write(tmp_path, "x.yaml", short("One"))
    found = library(tmp_path)
    before = found.templates
    os.utime(path, ns=(OLD, OLD))
    assert not found.refresh()
    assert found.templates is before


def test_a_broken_version_is_told_once_and_its_good_one_named_by_its_slug(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", short("A", "slug: x"))
    found = library(tmp_path)
    assert title(found) == "A"
    write(tmp_path, "a.yaml", short("B", "slug: X Y"))
    assert found.refresh()
    assert title(found) == "A"
    assert [one.line for one in found.mistakes] == [6]
    write(tmp_path, "b.yaml", short("C", "slug: x"))
    assert found.refresh()
    assert title(found) == "A"
    assert len(found.mistakes) == 2


def test_a_file_that_gets_another_slug_leaves_its_first_one(tmp_path: Path) -> None:
    write(tmp_path, "x.yaml", short("X"))
    found = library(tmp_path)
    assert list(found.templates) == ["x"]
    write(tmp_path, "x.yaml", short("X", "slug: y"))
    assert found.refresh()
    assert list(found.templates) == ["y"]


ACTIONS = st.tuples(st.sampled_from(["a.yaml", "b.yml", "c.yaml"]),
                    st.sampled_from(["good", "slug", "broken", "empty", "remove", "folder"]), st.integers(0, 3),
                    st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ACTIONS, max_size=12))
def test_after_any_changes_it_is_as_if_read_anew(tmp_path_factory: pytest.TempPathFactory,
                                                 actions: list[tuple[str, str, int, bool]]) -> None:
    """Apart from what stays in use of files that are broken now."""
    own = tmp_path_factory.mktemp("own")
    found = library(own)
    for name, what, number, looked in actions:
        path = own / name
        if path.is_dir():
            path.rmdir()
        match what:
            case "remove":
                path.unlink(missing_ok=True)
            case "folder":
                path.unlink(missing_ok=True)
                path.mkdir()
            case _:
                path.write_text({"good": short(f"T{number}"), "slug": short(f"T{number}", "slug: a"),
                                 "broken": "{", "empty": ""}[what])
        if looked:
            found.refresh()
    found.refresh()
    anew = library(own)
    kept = {slug: one for slug, one in found.templates.items()
            if not any(mistake.source == str(one.path) for mistake in found.mistakes)}
    assert {slug: one for slug, one in anew.templates.items() if slug in kept} == kept
    assert set(anew.templates) <= set(found.templates)
    # Whose slug another one has depends on what stays in use.
    assert {one[:3] for one in anew.mistakes} <= {one[:3] for one in found.mistakes}
