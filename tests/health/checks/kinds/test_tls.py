"""The kind `tls`, and reading certificates."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import SystemClock
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.kinds import certificate as x509
from opsconsole.health.checks.kinds.handshake import Tls, Trust
from opsconsole.health.checks.settings.net import TlsCheck
from tests.health.checks.kinds.asking import ask
from tests.health.checks.kinds.reaching import left, timed
from tests.servers.authority import DAY, Authority
from tests.servers.silent import closing, dialogue, saying, silent

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.health.checks.model import Measured, Outcome


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def judged(check: TlsCheck, measured: Measured) -> Outcome:
    return judge(check, measured, SystemClock().now(), 0.1, "shop")


async def test_a_certificate_that_is_well(authority: Authority) -> None:
    with silent(authority.server("localhost", "*.shop.example")) as port:
        check = TlsCheck(host="localhost", port=port, ca=str(authority.ca))
        async with left(port):
            measured = await ask(check)
    assert measured.text == "expires in 89 d"
    assert judged(check, measured).level is Level.OK
    assert measured.values["chain"] is measured.values["host_name"] is True
    assert measured.values["protocol"] == "TLSv1.3"
    assert measured.values["subject"] == "served"
    assert "*.shop.example" in measured.output


@pytest.mark.parametrize(("days", "level"), [(22, Level.OK), (20, Level.WARNING), (6, Level.CRITICAL)])
async def test_its_end_comes_near(authority: Authority, days: int, level: Level) -> None:
    with silent(authority.server(ends=days * DAY + timedelta(hours=1))) as port:
        check = TlsCheck(host="127.0.0.1", port=port, ca=str(authority.ca))
        assert judged(check, await ask(check)).level is level


async def test_what_is_wrong_is_a_problem_or_only_said(authority: Authority) -> None:
    with silent(authority.server("a.example", ends=-2 * DAY)) as port:
        check = TlsCheck(host="127.0.0.1", port=port, server_name="b.example", ca=str(authority.ca))
        async with left(port):
            measured = await ask(check)
        assert measured.problem == "certificate expired 2 d ago, wrong host name: the certificate is for a.example"
        assert (measured.values["chain"], measured.values["host_name"]) == (False, False)
        lenient = TlsCheck(host="127.0.0.1", port=port, server_name="b.example", verify=False,
                           critical_unless=("certificate > -7d",), warning_unless=("certificate > -7d",))
        measured = await ask(lenient)
        assert not measured.problem
        assert measured.text.startswith("certificate expired 2 d ago, ")


async def test_only_the_name_is_wrong(authority: Authority) -> None:
    with silent(authority.server("a.example")) as port:
        measured = await ask(TlsCheck(host="127.0.0.1", port=port, ca=str(authority.ca), verify=False))
    assert (measured.values["chain"], measured.values["host_name"]) == (True, False)
    with silent(authority.self_signed("localhost")) as port:
        measured = await ask(TlsCheck(host="localhost", port=port, ca=str(authority.ca)))
    assert measured.problem == "self-signed certificate"
    assert (measured.values["chain"], measured.values["host_name"]) == (False, True)


async def test_after_asking_for_it(authority: Authority) -> None:
    served = authority.server()
    able = b"250-mail\r\n250 STARTTLS\r\n"
    with dialogue(able, b"220 go on\r\n", first=b"220 mail\r\n", upgrade=(2, served)) as found:
        measured = await ask(TlsCheck(host="127.0.0.1", port=found[0], starttls="smtp", ca=str(authority.ca)))
    assert measured.text == "expires in 89 d"
    with dialogue(b"250 mail\r\n", first=b"220 mail\r\n") as found:
        measured = await ask(TlsCheck(host="127.0.0.1", port=found[0], starttls="smtp"))
    assert measured.problem == "offers no STARTTLS"
    capable = b"* CAPABILITY IMAP4rev2 STARTTLS\r\na OK done\r\n"
    with dialogue(capable, b"b OK go on\r\n", first=b"* OK ready\r\n", upgrade=(2, served)) as found:
        measured = await ask(TlsCheck(host="127.0.0.1", port=found[0], starttls="imap", ca=str(authority.ca)))
    assert measured.text == "expires in 89 d"


@pytest.mark.parametrize(("name", "said"), [
    ("localhost.", ""), (".localhost", "the server's name cannot be one"),
    ("x" * 80, "the server's name cannot be one"),
    ("é.example", "wrong host name: the certificate is for 127.0.0.1, localhost")])
async def test_unusual_names(authority: Authority, name: str, said: str) -> None:
    with silent(authority.server()) as port:
        async with left(port):
            measured = await ask(TlsCheck(host="127.0.0.1", port=port, server_name=name, ca=str(authority.ca)))
    assert measured.problem in (said, said.replace("127.0.0.1, localhost", "localhost, 127.0.0.1"))


async def test_what_came_before_tls_begins_is_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    context = Tls.context

    async def late(tls: Tls, trust: Trust) -> ssl.SSLContext:
        await asyncio.sleep(0.1)
        return await context(tls, trust)

    monkeypatch.setattr(Tls, "context", late)
    with saying(b"220 mail\r\n") as port:
        async with left(port):
            measured = await timed(TlsCheck(host="127.0.0.1", port=port))
        assert measured.problem == "speaks no TLS"


async def test_nothing_is_slipped_in_behind_the_agreement_on_tls(authority: Authority) -> None:
    able = b"250-mail\r\n250 STARTTLS\r\n"
    with dialogue(able, b"220 go on\r\n250 said by somebody in between\r\n", first=b"220 mail\r\n",
                  upgrade=(2, authority.server())) as found:
        measured = await ask(TlsCheck(host="127.0.0.1", port=found[0], starttls="smtp", ca=str(authority.ca)))
    assert measured.problem == "speaks no TLS"


async def test_no_tls_at_all() -> None:
    with saying(b"220 mail\r\n") as port:
        assert (await ask(TlsCheck(host="127.0.0.1", port=port))).problem == "speaks no TLS"
    with closing() as port:
        measured = await ask(TlsCheck(host="127.0.0.1", port=port))
        assert measured.problem == "closed without an answer (in the TLS handshake)"
    with silent() as port:
        async with left(port):
            measured = await timed(TlsCheck(host="127.0.0.1", port=port, timeout=Duration(0.3)))
        assert measured.problem == "no answer within 300 ms (in the TLS handshake)"


@pytest.mark.parametrize(("alert", "said"), [
    (70, "speaks only old versions of TLS"), (40, "refuses the TLS handshake"), (112, "knows no host of this name"),
    (80, "TLS failed: tlsv1 alert internal error")])
async def test_servers_that_refuse(alert: int, said: str) -> None:
    with saying(bytes([0x15, 3, 3, 0, 2, 2, alert])) as port:
        assert (await ask(TlsCheck(host="127.0.0.1", port=port))).problem == said


class TestReading:
    DER = ssl.PEM_cert_to_DER_cert(
        trustme.CA().issue_cert("a.example", "*.b.example", "192.0.2.1", "2001:db8::1", organization_name="Örg",
                                common_name="näme").cert_chain_pems[0].bytes().decode())

    def test_what_it_says(self) -> None:
        found = x509.read(self.DER)
        assert set(found.names) == {"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"}
        assert (found.subject, found.self_signed) == ("näme", False)
        assert found.begins < found.ends

    @pytest.mark.parametrize(("host", "fits"), [
        ("a.example", True), ("A.EXAMPLE", True), ("a.example.", True), ("x.b.example", True), ("b.example", False),
        ("x.y.b.example", False), ("*.b.example", True), ("192.0.2.1", True), ("192.0.2.2", False),
        ("2001:db8:0::1", True), ("", False), ("example", False), ("x" * 300, False)])
    def test_whom_it_is_for(self, host: str, fits: bool) -> None:
        assert x509.read(self.DER).fits(host) is fits

    @given(st.binary(max_size=200))
    def test_anything_is_read_or_refused(self, raw: bytes) -> None:
        with pytest.raises(ValueError):
            x509.read(raw)

    @given(st.integers(0, len(DER) - 1), st.integers(0, 255), st.integers(0, len(DER)))
    def test_a_broken_one_is_read_or_refused(self, place: int, byte: int, end: int) -> None:
        broken = bytearray(self.DER)
        broken[place] = byte
        for raw in (bytes(broken), bytes(broken[:end])):
            try:
                found = x509.read(raw)
            except ValueError:
                continue
            assert isinstance(found.fits("a.example"), bool)
