"""The settings of roles and the log say what no type can say."""

from __future__ import annotations

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.settings import LogSettings, Members, RoleSettings


def roles(text: str) -> RoleSettings:
    return decode(text, RoleSettings, source="c.yaml", env={})


def test_without_anybody_nothing_is_configured() -> None:
    assert not roles("").configured
    assert not roles("admin: {users: []}").configured
    assert roles("viewer: {groups: [staff]}").configured
    assert Members(users=("ana",)).configured


@pytest.mark.parametrize("name", ["ana", "domain admins", "CORP\\\\ana", "ana.b-c_d", "ähm", "1000"])
def test_names(name: str) -> None:
    assert roles(f'admin: {{users: ["{name}"]}}').admin.users == (name.replace("\\\\", "\\"),)


@pytest.mark.parametrize("name", ["", " ", "a:b", "a\\nb"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ConfigMistakes, match="cannot be the name of a group") as caught:
        roles(f'admin:\n  groups: [ok,\n    "{name}"]')
    assert [(found.line, found.column) for found in caught.value.mistakes] == [(3, 5)]


@pytest.mark.parametrize(("text", "fits"), [("/var/log/o.log", True), ("~/o.log", True), ("o.log", False),
                                            ("~ana/o", False), ("''", False)])
def test_the_log_file_needs_a_full_path(text: str, fits: bool) -> None:
    if fits:
        assert decode(f"file: {text}", LogSettings, source="c", env={}).file == text
    else:
        with pytest.raises(ConfigMistakes, match="c:1:7: `file`: the path must be absolute"):
            decode(f"file: {text}", LogSettings, source="c", env={})
