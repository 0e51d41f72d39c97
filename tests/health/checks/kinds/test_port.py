from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.worker.tables import address_of, ports
from opsconsole.health.checks.settings.local import PortCheck
from tests.health.checks.kinds.local_scope import Runs, runs

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["runs"]


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
async def test_a_port_on_which_this_process_listens(runs: Runs, family: int, address: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip("no address of this family here")
        port = server.getsockname()[1]
        assert (await runs(PortCheck(port=port))).values == {"listening": False, "count": 0}
        server.listen()
        for check in (PortCheck(port=port), PortCheck(port=port, address=address)):
            measured = await runs(check)
            owner = measured.values.pop("owner")  # type: ignore[attr-defined]
            assert isinstance(owner, str)
            assert owner.endswith(f"({os.getpid()})")
            assert measured.values == {"listening": True, "count": 1, "address": address}
            assert measured.text == f"{owner} listens"
        elsewhere = await runs(PortCheck(port=port, address="192.0.2.1"))
        assert (elsewhere.values["listening"], elsewhere.text) == (False, "nobody listens at 192.0.2.1")
        assert (await runs(PortCheck(port=port, protocol="udp"))).values["listening"] is False
    assert (await runs(PortCheck(port=port))).values["listening"] is False


async def test_udp(runs: Runs) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        measured = await runs(PortCheck(port=port, protocol="udp"))
        assert (measured.values["listening"], measured.values["address"]) == (True, "127.0.0.1")
        # A client that talks to somebody is no server.
        server.connect(("127.0.0.1", 9))
        assert (await runs(PortCheck(port=port, protocol="udp"))).values["listening"] is False


LINE = "   0: {} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {} 1 0000000000000000 100 0\n"


def table(tmp_path: Path, name: str, *lines: str) -> None:
    (tmp_path / "net").mkdir(exist_ok=True)
    (tmp_path / "net" / name).write_text("  sl  local_address …\n" + "".join(lines))


@pytest.mark.skipif(sys.byteorder != "little", reason="the tables are those of a little-endian kernel")
@pytest.mark.parametrize(("listens", "wanted", "serves"), [
    ("00000000:0050", "127.0.0.1", True), ("00000000:0050", "::1", False), ("0100007F:0050", "127.0.0.1", True),
    ("0100007F:0050", "10.0.0.1", False), (f"{'0' * 32}:0050", "10.0.0.1", True), (f"{'0' * 32}:0050", "fe80::1", True),
    ("0000000000000000FFFF00000100007F:0050", "127.0.0.1", True),
    ("00000000000000000000000001000000:0050", "::1", True)])
def test_who_listens_everywhere_serves_every_address(tmp_path: Path, listens: str, wanted: str, serves: bool) -> None:
    table(tmp_path, "tcp6" if len(listens) > 20 else "tcp", LINE.format(listens, 77))
    assert bool(ports(80, "tcp", wanted, {}, str(tmp_path))["sockets"]) is serves


def test_broken_lines_and_missing_tables(tmp_path: Path) -> None:
    assert ports(80, "tcp", "", {}, str(tmp_path))["problem"] == f"{tmp_path}/net/tcp cannot be read"
    table(tmp_path, "tcp", ":0050\n", "x:0050 :0050\n", LINE.format("ZZZZZZZZ:0050", 1), LINE.format("00:0050", 2),
          LINE.format("00000000:0051", 3), LINE.format("00000000:0050", 4), "   1: 00000000:0050")
    assert ports(80, "tcp", "", {"4": "known (1)", "9": "old (2)"}, str(tmp_path)) == {
        "sockets": [("0.0.0.0", "4")], "owners": {"4": "known (1)"}, "problem": ""}


async def test_a_kernel_that_shows_nothing_is_unknown(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.health.checks.kinds import port

    async def nothing(*_: object) -> dict[str, str]:
        return {"problem": "/proc/net/tcp cannot be read"}

    monkeypatch.setattr(port, "ask", nothing)
    measured = await runs(PortCheck(port=1))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "/proc/net/tcp cannot be read")


@given(st.ip_addresses())
def test_addresses_as_the_kernel_prints_them(address: object) -> None:
    packed: bytes = address.packed  # type: ignore[attr-defined]
    digits = "".join(f"{int.from_bytes(packed[at:at + 4], sys.byteorder):08X}" for at in range(0, len(packed), 4))
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    assert address_of(digits) == socket.inet_ntop(family, packed)


@given(st.text(max_size=40))
def test_nonsense_is_no_address(text: str) -> None:
    found = address_of(text)
    assert found is None or len(text) in (8, 32)


@pytest.mark.parametrize("text", ["port: 0", "port: 70000", "port: 80\naddress: localhost", "port: 80\nprotocol: sctp"])
def test_mistakes_are_said(text: str) -> None:
    with pytest.raises(ConfigMistakes, match=r"port|address|protocol"):
        decode(f"kind: port\n{text}\n", PortCheck, source="x", env={})
