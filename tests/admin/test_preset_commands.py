from __future__ import annotations

import json
import os
import stat
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.admin.presets import NAMES, Answers, launch_of, marked, read_launch, read_site, render
from opsconsole.core.config import decode
from opsconsole.core.errors import UsageError
from opsconsole.settings import Settings, cross_check, load_settings
from tests.hostile import CORPUS, assert_inert
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

Output = tuple[int, str, str]
COMMAND = [sys.executable, "-m", "opsconsole"]
PRESETS = tuple(name for name in NAMES if name != "generic")


def target() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "opsconsole/opsconsole.yaml"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_valid_and_so_are_its_checklists(program: Callable[..., Output], name: str) -> None:
    code, out, err = program("init", "--preset", name)
    assert (code, err) == (0, "")
    assert out.startswith(f"Wrote {target()}.\n")
    assert "search for CHANGE" in out
    assert stat.S_IMODE(target().stat().st_mode) == 0o600
    code, out, _ = program("config", "check")
    assert (code, out.splitlines()[0]) == (0, f"{target()} is valid.")
    assert "Examples of the preset that have to become yours are marked CHANGE in lines " in out
    code, out, _ = program("checklist", "validate", "--json")
    told = json.loads(out)
    assert (code, told["mistakes"], told["warnings"]) == (0, [], []), "a template names what the preset has not"
    assert told["templates"] > 5
    assert program("preset", "diff", name) == (0, f"{target()} has every setting as the preset {name} has it.\n", "")


def test_without_a_preset_and_without_a_terminal_it_is_the_generic_one(program: Callable[..., Output]) -> None:
    code, out, _ = program("init")
    assert (code, out.splitlines()[0]) == (0, f"Wrote {target()}.")
    loaded = load_settings(env=os.environ)
    assert loaded.path == target()
    assert list(loaded.settings.checks) == ["home-page", "sign-in", "backup"]
    assert not any(check.enabled for check in loaded.settings.checks.values()), "nothing of an example is asked"
    settings = decode(render("generic", Answers("ana", date(2027, 1, 4), "https://ours.example")), Settings, source="x",
                      env={}, check=cross_check)
    assert [name for name, check in settings.checks.items() if check.enabled] == ["home-page"]
    schema = target().with_name("opsconsole.schema.json")
    assert json.loads(schema.read_text())["title"]
    assert schema.name in target().read_text().splitlines()[0]


def test_every_setting_commented(program: Callable[..., Output]) -> None:
    assert program("init", "--commented") == (0, f"Wrote {target()}.\n", "")
    assert load_settings(env=os.environ).settings == Settings()
    assert "#checks:" in target().read_text()
    assert program("init", "--commented", "--preset", "shop")[0] == 2


def test_a_file_that_is_there_is_compared_and_kept(program: Callable[..., Output], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("console: {theme: light}\n")
    code, out, err = program("init", "--preset", "shop", "--path", file)
    assert code == 2
    assert out.splitlines()[:4] == ["--- now", "+++ new", out.splitlines()[2], "-console: {theme: light}"]
    assert "+checks:" in out
    assert err.startswith(f"opsconsole: {file} exists already, and nothing was changed.")
    assert file.read_text() == "console: {theme: light}\n"
    assert list(tmp_path.iterdir()) == [file]


def test_force_replaces_a_file_and_keeps_what_it_was(program: Callable[..., Output], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("console: {theme: light}\n")
    file.chmod(0o640)
    code, out, err = program("init", "--preset", "shop", "--path", file, "--force")
    assert (code, err) == (0, "")
    assert out.startswith(f"Replaced {file}; what it was is in {file}.before.\n")
    assert Path(f"{file}.before").read_text() == "console: {theme: light}\n"
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, Path(f"{file}.before"))} == {0o640}
    assert program("init", "--preset", "shop", "--path", file)[1].startswith(f"{file} is so already.\n")


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_is_never_replaced(program: Callable[..., Output], tmp_path: Path, kind: str) -> None:
    file, other = tmp_path / "mine.yaml", tmp_path / "other.yaml"
    other.write_text("console: {}\n")
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(other)
    code, _, err = program("init", "--path", file, "--force")
    assert code == 2
    assert "exists already" in err
    assert other.read_text() == "console: {}\n"


def test_a_full_disk_leaves_what_was_there(program: Callable[..., Output], tmp_path: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("console: {}\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = program("init", "--path", file, "--force")
    assert (code, err) == (4, f"opsconsole: There is no space for {file}. Free some, then try again.\n")
    assert file.read_text() == "console: {}\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_schema_of_somebody_else_stays(program: Callable[..., Output], tmp_path: Path) -> None:
    schema = tmp_path / "opsconsole.schema.json"
    schema.write_text("{}")
    code, out, _ = program("init", "--path", tmp_path / "new.yaml")
    assert code == 0
    assert f"Kept {schema} as it is" in out
    assert schema.read_text() == "{}"
    assert program("init", "--path", schema)[0] == 2
    assert program("init", "--path", tmp_path / "new.yaml", "--force")[0] == 0
    assert json.loads(schema.read_text())["title"], "told to, the present one takes its place"
    assert Path(f"{schema}.before").read_text() == "{}"


def test_printing_writes_nothing(program: Callable[..., Output]) -> None:
    code, out, err = program("init", "--print", "--preset", "shop", "--site", "https://shop.example/", "--launch",
                             "2027-01-04")
    assert (code, err) == (0, "")
    assert not target().exists()
    assert (code, out, err) == program("preset", "show", "shop", "--site", "https://shop.example", "--launch",
                                       "2027-01-04")
    settings = decode(out, Settings, source="printed", env=dict(os.environ), check=cross_check)
    assert settings.checks["site"].url == "https://shop.example/"
    assert "general@shop.example" in settings.tickets.mail.intakes
    assert not [line for line in out.splitlines() if "https://shop.example/ " in line and "CHANGE" in line]


def test_names_are_completed(monkeypatch: pytest.MonkeyPatch, program: Callable[..., Output]) -> None:
    for words, number in (("opsconsole init --preset s", "3"), ("opsconsole preset show s", "3")):
        for name, value in (("_OPSCONSOLE_COMPLETE", "bash_complete"), ("COMP_WORDS", words), ("COMP_CWORD", number)):
            monkeypatch.setenv(name, value)
        assert program()[1] == "plain,shop\n"


def test_the_presets_are_listed(program: Callable[..., Output]) -> None:
    code, out, _ = program("preset", "list")
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, list(NAMES))
    assert [one["name"] for one in json.loads(program("preset", "list", "--json")[1])] == list(NAMES)


def test_a_difference_names_settings_not_lines(program: Callable[..., Output]) -> None:
    assert program("init", "--preset", "shop", "--launch", "2027-01-04")[0] == 0
    text = target().read_text()
    text = text.replace("urgent: {response: 15m", "urgent: {response: 30m").replace("  cdn:\n", "  cdn-2:\n")
    target().write_text("# of our own\n" + text)
    code, out, err = program("preset", "diff", "shop")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert '~ tickets.policies.shop.promises.urgent.response: "15m" -> "30m"' in lines
    assert '+ checks.cdn-2.kind: "http"' in lines
    assert '- checks.cdn.kind: "http"' in lines
    assert not [line for line in lines if "rotations" in line], "the launch is known from the head of the file"
    told = json.loads(program("preset", "diff", "shop", target(), "--json")[1])
    assert {"path": "tickets.policies.shop.promises.urgent.response", "before": '"15m"', "after": '"30m"'} in (
        told["changes"])


def test_what_cannot_be_compared_is_one_sentence(program: Callable[..., Output], tmp_path: Path) -> None:
    assert program("preset", "diff", "shop") == (2, "", (
        "opsconsole: There is no configuration to compare. `opsconsole init --preset shop` writes one.\n"))
    assert program("preset", "diff", "shop", tmp_path / "no.yaml")[0] == 2
    assert "did you mean `shop`?" in program("preset", "show", "shopp")[2]
    assert program("init", "--preset", "shopp")[0] == 2
    assert not target().exists()


@pytest.mark.parametrize("site", ["shop.example", "ftp://shop.example", "https://shop.example/?a=b", "https://a b", "https://\n",
                                  'https://shop.example/"', "https://shop.example/#x", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(site: str) -> None:
    with pytest.raises(UsageError):
        read_site(site)


@pytest.mark.parametrize("day", ["2027-13-01", "tomorrow", "9999-12-31", "0001-01-01", "2027"])
def test_a_launch_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(UsageError):
        read_launch(day)


def test_any_login_makes_a_valid_file() -> None:
    for login, contact in (("ana", "ana"), ("null", "null"), ("1000", "1000"), ("yes", "yes"), ("Ana.S@x", "Ana.S@x"),
                           ("uid 1000", "root"), ("a: b", "root"), ("\x1b]0;x\x07", "root"), ("x\ny: 1", "root")):
        text = render("generic", Answers(login, date(2027, 1, 4)))
        assert list(decode(text, Settings, source="x", env={}, check=cross_check).notify.contacts) == [contact]


def test_hostile_files_are_shown_harmless(program: Callable[..., Output], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("".join(f"# {text}\n" for text in CORPUS), encoding="utf-8", errors="surrogatepass")
    for arguments in (("init", "--path", file), ("preset", "diff", "shop", file)):
        code, out, err = program(*arguments)
        assert code in {1, 2}
        assert_inert(out + err, lines=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_has_to_be_changed_is_marked_where_it_stands(name: str) -> None:
    text = render(name, Answers("ana", date(2027, 1, 4)))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 140
    unmarked = [line for number, line in enumerate(lines, 1) if "example.com" in line and number not in marked(text)
                and not line.lstrip().startswith(("general@", "technical@", "urgent@"))]
    assert unmarked == []
    assert not [line for line in lines if "<<" in line]
    assert launch_of(text) in {None, date(2027, 1, 4)}


@pytest.mark.e2e
def test_a_terminal_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    with Terminal([*COMMAND, "init", "--path", file], columns=80, rows=24) as terminal:
        terminal.wait_for(r"Preset \[generic\]")
        terminal.send("shoe<enter>")
        terminal.wait_for("is not one of")
        terminal.send("shop<enter>")
        terminal.wait_for("Address of the home page")
        terminal.send("shop.example<enter>")
        terminal.wait_for("is no address of a home page")
        terminal.send("https://shop.example<enter>")
        terminal.wait_for("Day of the launch")
        terminal.send("<enter>")
        terminal.wait_for("search for CHANGE")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
    text = file.read_text()
    assert "url: https://shop.example/\n" in text
    written = launch_of(text)
    assert written is not None
    assert abs((written - datetime.now(UTC).date()).days) <= 1


@pytest.mark.e2e
@pytest.mark.parametrize("name", PRESETS)
def test_the_console_starts_on_each(program: Callable[..., Output], name: str) -> None:
    assert program("init", "--preset", name)[0] == 0
    with target().open("a", encoding="utf-8") as file:
        file.write("agent: {child: false}\n")
    with Terminal([*COMMAND, "--config", target()], columns=80, rows=24) as terminal:
        terminal.wait_for("1 Health")
        terminal.send("3")
        terminal.wait_for("(?i)checklist")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
