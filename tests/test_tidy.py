"""What must not be in the tree: traces of somebody's machine, mistakes that are hushed up, JSON made by the way."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
EVERYTHING = {"Exception", "BaseException"}
CATCHING = re.compile(r"\b(?:Base)?Exception\b|\bexcept\s*:")
"""What stands in each text that catches every mistake; only such a one is looked at closely."""
HOMES = {"ana", "x.db", "0", "10"}
"""What tests call a home folder, or a disk for them, that is nobody's."""
HOSTS = {"keepachangelog.com", "semver.org", "no-color.org", "json-schema.org", "apache.org", "sqlite.org",
         "unicode.org", "w3.org", "textualize.io", "cdnjs.cloudflare.com", "example.org", "example.com",
         "example.invalid", "nginx.org", "httpd.apache.org", "monitoring-plugins.org", "nagios-plugins.org",
         "prometheus.io", "spec.commonmark.org", "owasp.org", "encoding.spec.whatwg.org", "127.0.0.1"}
"""Standards and formats, what Textual writes into its pictures, and the names that are nobody's."""
NOBODYS = (".example.org", ".example.com", ".example", ".invalid")
"""Ends of names that are reserved for examples."""
TRACES = re.compile(
    r"(?<![\w.}])/(?:root|work|Users)/|/home/(?P<home>[\w.-]+)|https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
    r"|--(?:extra-)?index-url", re.IGNORECASE)
"""Folders of a developer's machine, hosts, and where packages come from."""


def traces(text: str) -> list[str]:
    """What in a text leads to somebody's machine, or to a host that is not known to be right."""
    return [found[0] for found in TRACES.finditer(text)
            if found["home"] not in HOMES and (found["host"] or "").removeprefix("www.") not in HOSTS
            and not (found["host"] or "").endswith(NOBODYS)]


def tracked() -> list[Path]:
    """Every file of the project."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this copy is not a checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def hushed(code: str) -> Iterator[int]:
    """The lines where every mistake is caught and nothing is done about it."""
    if not CATCHING.search(code):
        return
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or names(node.type) & EVERYTHING):
            if all(isinstance(step, ast.Pass | ast.Continue) or is_remark(step) for step in node.body):
                yield node.lineno
        elif isinstance(node, ast.Call) and "suppress" in names(node.func) and any(
                names(argument) & EVERYTHING for argument in node.args):
            yield node.lineno


def twice(code: str) -> Iterator[int]:
    """The lines where a handler of a message calls that of its base, which is called for each class anyway."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and re.match(r"on_(?!event$)", node.attr) and (
                isinstance(node.value, ast.Call) and names(node.value.func) == {"super"}):
            yield node.lineno


def names(node: ast.AST) -> set[str]:
    """The names in an expression; of `a.b` the last."""
    return {part.id if isinstance(part, ast.Name) else part.attr for part in ast.walk(node)
            if isinstance(part, ast.Name | ast.Attribute)}


def is_remark(step: ast.stmt) -> bool:
    """Whether a statement is but a text or an ellipsis."""
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)


def own_json(code: str) -> bool:
    """Whether a module makes JSON by itself."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import) and any(alias.name in {"json", "msgspec.json"} for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module == "json" or (
                node.module == "msgspec" and any(alias.name == "json" for alias in node.names))):
            return True
        if isinstance(node, ast.Attribute) and node.attr == "json" and names(node.value) == {"msgspec"}:
            return True
    return False


def test_no_file_leads_to_a_machine_or_an_unknown_host() -> None:
    found = {str(path.relative_to(ROOT)): traces(path.read_bytes().decode("utf-8", "replace")) for path in tracked()}
    assert len(found) > 200
    assert {name: list(dict.fromkeys(places)) for name, places in found.items() if places} == {}


def test_no_mistake_is_hushed_up() -> None:
    found = {str(path.relative_to(ROOT)): list(hushed(path.read_text(encoding="utf-8")))
             for folder in ("opsconsole", "tests") for path in (ROOT / folder).rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_message_is_handled_twice() -> None:
    found = {str(path.relative_to(ROOT)): list(twice(path.read_text(encoding="utf-8")))
             for path in (ROOT / "opsconsole").rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert list(twice("class A(B):\n    def on_key(self, e):\n        super().on_key(e)")) == [3]
    assert list(twice("async def f(self, e):\n    await super().on_event(e)\n    super().show()")) == []


def test_commands_leave_json_to_the_one_that_is_inert() -> None:
    printing = [*(ROOT / "opsconsole").rglob("commands.py"), *(ROOT / "opsconsole" / "admin").glob("*.py")]
    assert printing
    assert [path for path in printing if own_json(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(("parts", "leads"), [
    (("/ro", "ot/.cache"), True), (("see /wo", "rk/main"), True), (("/ho", "me/bob"), True),
    (("/home/", "ana/x"), False), (("https://packages.", "example.net/simple"), True),
    (("--index", "-url x"), True), (("/proc/{pid}/ro", "ot/"), False),
    (("/dev/ro", "ot rw"), False), (("a net", "work/ing"), False)])
def test_traces_are_found(parts: tuple[str, str], leads: bool) -> None:
    assert bool(traces("".join(parts))) == leads


@pytest.mark.parametrize(("code", "lines"), [
    ("try:\n    a()\nexcept Exception:\n    pass", [3]), ("try:\n    a()\nexcept:\n    ...", [3]),
    ("try:\n    a()\nexcept (OSError, Exception):\n    'no'", [3]), ("try:\n    a()\nexcept OSError:\n    pass", []),
    ("with contextlib.suppress(BaseException):\n    a()", [1]), ("with suppress(OSError):\n    a()", []),
    ("try:\n    a()\nexcept Exception:\n    log()", [])])
def test_hushed_mistakes_are_found(code: str, lines: list[int]) -> None:
    assert list(hushed(code)) == lines


@pytest.mark.parametrize(("code", "own"), [
    ("import json", True), ("def f():\n    from json import dumps", True), ("x = msgspec.json.encode(1)", True),
    ("from msgspec import json", True), ("import msgspec", False), ("as_json = given.json", False)])
def test_own_json_is_found(code: str, own: bool) -> None:
    assert own_json(code) == own
