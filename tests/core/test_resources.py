from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from opsconsole.core import resources
from opsconsole.core.errors import OpsError
from opsconsole.core.resources import folder, own_folder


def write(place: Path, *names: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).write_text("name: x\n")
    return place


def test_wheel_layout(tmp_path: Path) -> None:
    package = write(tmp_path / "opsconsole")
    write(package / "themes", "dark.yaml")
    write(tmp_path / "themes", "foreign.yaml")
    (tmp_path / "pyproject.toml").touch()
    assert folder("themes", package=package) == [package / "themes/dark.yaml"]


def test_checkout_layout(tmp_path: Path) -> None:
    package = write(tmp_path / "opsconsole")
    themes = write(tmp_path / "themes", "dark.yaml", "light.yml", "notes.txt", ".hidden.yaml")
    (tmp_path / "pyproject.toml").touch()
    (themes / "folder.yaml").mkdir()
    assert folder("themes", package=package) == [themes / "dark.yaml", themes / "light.yml"]


def test_a_feature_of_that_name_is_no_folder_of_files(tmp_path: Path) -> None:
    package = write(tmp_path / "opsconsole")
    write(package / "checklists", "library.py")
    write(tmp_path / "checklists" / "generic", "morning.yaml")
    (tmp_path / "pyproject.toml").touch()
    assert own_folder("checklists", package) == tmp_path / "checklists"
    write(package / "checklists" / "generic", "morning.yaml")
    assert own_folder("checklists", package) == package / "checklists"


def test_a_foreign_folder_beside_the_package_is_not_ours(tmp_path: Path) -> None:
    package = write(tmp_path / "opsconsole")
    write(tmp_path / "themes", "foreign.yaml")
    with pytest.raises(OpsError, match="lacks its folder `themes`"):
        own_folder("themes", package)


def test_later_folders_override_by_name(tmp_path: Path) -> None:
    package = write(tmp_path / "opsconsole")
    own = write(package / "themes", "dark.yaml", "light.yaml")
    system = write(tmp_path / "system", "dark.yml", "site.yaml")
    user = write(tmp_path / "user", "site.yaml")
    (user / "light.yaml").symlink_to(tmp_path / "nowhere")
    assert folder("themes", (system, user, tmp_path / "missing"), package) == [
        system / "dark.yml", user / "light.yaml", user / "site.yaml"]
    assert folder("themes", (own / "dark.yaml",), package) == [own / "dark.yaml", own / "light.yaml"]


def test_a_folder_that_may_not_be_read_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    package = write(tmp_path / "opsconsole")
    own = write(package / "themes", "dark.yaml")
    locked = write(tmp_path / "locked", "x.yaml")
    real = Path.iterdir

    def iterdir(path: Path) -> object:
        if path == locked:
            raise PermissionError(13, os.strerror(13), str(path))
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with caplog.at_level(logging.WARNING):
        assert folder("themes", (locked,), package) == [own / "dark.yaml"]
    assert "folder not read" in caplog.text


def test_the_program_finds_its_own() -> None:
    assert own_folder("themes").is_dir()
    assert own_folder("checklists").is_dir()
    assert {"dark", "light"} <= {path.stem for path in folder("themes")}
    assert resources.PACKAGE.name == "opsconsole"
