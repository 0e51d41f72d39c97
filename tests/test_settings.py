"""The whole configuration is found, read and checked; without one, nothing costly is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.core.config import ConfigMistakes
from opsconsole.core.errors import ConfigError
from opsconsole.core.paths import user_config
from opsconsole.logbook.model import EntryType
from opsconsole.settings import Settings, all_actions, load_settings

ROOT = Path(__file__).parents[1]
COSTLY = ("yaml", "zoneinfo", "click", "textual", "rich", "platformdirs", "psutil", "aiosqlite", "difflib", "logging",
          "opsconsole.core.convert", "opsconsole.core.text")


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    loaded = load_settings(system=tmp_path / "none")
    assert loaded.settings == Settings()
    assert loaded.path is None
    assert loaded.paths.data == Path(os.environ["XDG_DATA_HOME"]) / "opsconsole"


def test_the_persons_file_is_read(tmp_path: Path) -> None:
    path = user_config(os.environ)
    path.parent.mkdir(parents=True)
    path.write_text("data: ~/data\nlog: {file: ~/o.log}\nconsole: {theme: light, keys: {list.down: ctrl+n}}\n")
    loaded = load_settings(system=tmp_path / "none")
    assert loaded.path == loaded.paths.config == path
    assert loaded.settings.console.theme == "light"
    assert loaded.paths.data == Path(os.environ["HOME"]) / "data"
    assert loaded.paths.log == Path(os.environ["HOME"]) / "o.log"
    assert not loaded.paths.shared


def test_the_systems_file_makes_a_shared_installation(tmp_path: Path) -> None:
    system = tmp_path / "opsconsole.yaml"
    system.write_text("console: {theme: light}\n")
    loaded = load_settings(system=system, system_data=tmp_path / "lib")
    assert loaded.paths.shared
    assert loaded.paths.records == tmp_path / "lib" / "opsconsole.db"
    assert loaded.paths.state == Path(os.environ["XDG_STATE_HOME"]) / "opsconsole"


def test_whoever_has_not_the_agents_secrets_can_use_all_that_needs_none(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("notify: {channels: {mail: {kind: apprise, url: '${NOBODY_SET_THIS}'}}}\n"
                    "checks: {cache: {kind: redis, password: 'file:/nobody/has/this'}}\n")
    settings = load_settings(path).settings
    assert "NOBODY_SET_THIS is not set" in settings.notify.channels["mail"].url.problem
    assert settings.checks["cache"].password.problem
    with pytest.raises(ConfigMistakes) as caught:
        load_settings(path, need_secrets=True)
    assert [mistake.line for mistake in caught.value.mistakes] == [1, 2]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.yaml does not exist"):
        load_settings(tmp_path / "no.yaml")
    with pytest.raises(ConfigError, match=r"no\.yaml does not exist"):
        load_settings(env={**os.environ, "OPSCONSOLE_CONFIG": str(tmp_path / "no.yaml")})


def test_keys_are_checked_against_all_features(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("data: here\nconsole:\n  keys:\n    health.opn: o\n    list.opn: o\n    health.processes: e\n")
    with pytest.raises(ConfigMistakes) as caught:
        load_settings(path)
    assert [mistake.line for mistake in caught.value.mistakes] == [1]
    path.write_text(path.read_text().replace("here", "/here"))
    with pytest.raises(ConfigMistakes) as caught:
        load_settings(path)
    assert [(mistake.line, mistake.column) for mistake in caught.value.mistakes] == [(4, 17), (5, 15), (6, 23)]
    assert "did you mean `health.open`?" in str(caught.value)
    assert "did you mean `list.open`?" in str(caught.value)
    assert "already stands for `health.expand`" in str(caught.value)


def test_the_calendar_of_checklists_is_one_of_tickets(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("checklists: {use: [shop], calendar: ofice}\n"
                    "tickets: {calendars: {office: {hours: {mon: ['09:00-17:00']}}}}\n")
    with pytest.raises(ConfigMistakes, match=r"1:37: .*no calendar `ofice`.*did you mean `office`\?"):
        load_settings(path)
    path.write_text(path.read_text().replace("ofice", "office"))
    assert load_settings(path).settings.checklists.use == ("shop",)
    path.write_text("checklists: {use: [generic, shopp], off: [morning]}\n")
    with pytest.raises(ConfigMistakes, match=r"1:29: .*no set `shopp`; did you mean `shop`\?"):
        load_settings(path)


def test_heads_of_the_log_go_to_paths_or_to_syslog(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("logbook: {two_persons: [emergency], heads: [syslog, heads.txt], heads_every: 1h}\n")
    with pytest.raises(ConfigMistakes, match=r"1:53: .*absolute path or `syslog`, not `heads.txt`"):
        load_settings(path)
    path.write_text(path.read_text().replace("heads.txt", "/srv/heads.txt"))
    found = load_settings(path).settings.logbook
    assert found.two_persons == (EntryType.EMERGENCY,)
    assert (found.heads, float(found.heads_every)) == (("syslog", "/srv/heads.txt"), 3600)
    path.write_text("logbook: {two_persons: [emergncy]}\n")
    with pytest.raises(ConfigMistakes, match=r"1:25: .*emergncy"):
        load_settings(path)


def test_every_action_has_an_id_of_its_own() -> None:
    names = [action.id for action in all_actions()]
    assert len(names) == len(set(names)) > 20


def loaded_by(script: str, home: Path) -> set[str]:
    done = subprocess.run([sys.executable, "-c", f"import sys\n{script}\nprint(*sys.modules)"], capture_output=True,
                          text=True, check=True, timeout=60,
                          env={"HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": os.defpath})
    return set(done.stdout.split())


def test_without_a_file_nothing_costly_is_imported(tmp_path: Path) -> None:
    script = ("from pathlib import Path\nfrom opsconsole.settings import load_settings\n"
              "load_settings(system=Path('/none'))")
    assert loaded_by(script, tmp_path) & set(COSTLY) == set()


def test_with_a_file_only_what_reads_it_is_imported(tmp_path: Path) -> None:
    path = user_config({"HOME": str(tmp_path)})
    path.parent.mkdir(parents=True)
    path.write_text("console: {theme: light}\n")
    found = loaded_by("from opsconsole.settings import load_settings\nload_settings()", tmp_path) & set(COSTLY)
    assert found == {"yaml", "opsconsole.core.convert", "opsconsole.core.text"}
