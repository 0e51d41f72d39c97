"""Handing a mail over: secured, signed in, and never with a secret in what is said."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult
from msgspec.structs import replace

from opsconsole.core.units import Secret
from opsconsole.tickets.mail.smtp import Carrier, Handed
from tests.tickets.mail.bench import sink

if TYPE_CHECKING:
    from pathlib import Path


def test_starttls_and_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with sink(context) as (box, smtp):
        trusted = replace(smtp, security="starttls", ca=str(tmp_path / "ca.pem"))
        content = b"Subject: x\r\n\r\n.\r\n..dots\r\n"
        assert Carrier(trusted).carry("a@example.com", ["b@example.com"], content) == Handed(ok=True)
        assert box.raw == [content]
        handed = Carrier(replace(smtp, security="starttls")).carry("a@example.com", ["b@example.com"], content)
        assert not handed.ok
        assert not handed.final
        assert "certificate" in handed.says.lower()
        plain = Carrier(smtp).carry("a@example.com", ["b@example.com"], content)
        assert "refused the sender: 530" in plain.says
    handed = Carrier(replace(trusted, security="tls")).carry("a@x.example", ["b@x.example"], b"x")
    assert "did not take it" in handed.says


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_signing_in() -> None:
    def judge(server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"ana", b"secret"), handled=False)

    with sink(authenticator=judge, auth_required=True, auth_require_tls=False) as (box, smtp):
        def carried(password: str) -> Handed:
            secret = Secret.parse("${P}", {"P": password})
            return Carrier(replace(smtp, user="ana", password=secret)).carry("a@x.example", ["b@x.example"], b"x\r\n")

        assert carried("secret").ok
        wrong = carried("hunter2")
        assert not wrong.ok
        assert not wrong.final
        assert "the sign-in: 535" in wrong.says
        assert "hunter2" not in wrong.says
        lost = Secret.parse("${P}")
        handed = Carrier(replace(smtp, user="ana", password=lost)).carry("a@x.example", ["b@x.example"], b"x")
        assert "cannot be had" in handed.says
    assert len(box.raw) == 1
