"""Certificates of every kind, good and bad, for servers of tests."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


def now() -> datetime:
    """Now, without parts of a second, as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)


class Authority:
    """Issues certificates; `ca` is the file that makes a client trust them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = trustme.CA()
        self.ca = folder / "authority.pem"
        self._root.cert_pem.write_to_path(str(self.ca))

    def server(self, *names: str, ends: timedelta = 90 * DAY, begins: timedelta = -365 * DAY, below: bool = False,
               whole: bool = True) -> ssl.SSLContext:
        """The settings of a server with a new certificate.

        Args:
            names: whom it is for; none: 127.0.0.1 and localhost.
            ends: its end from now.
            begins: its begin from now.
            below: whether an authority between signs it.
            whole: whether the server shows that authority's certificate as well.
        """
        issuer = self._root.create_child_ca() if below else self._root
        made = issuer.issue_cert(*(names or ("127.0.0.1", "localhost")), not_before=now() + begins,
                                 not_after=now() + ends, common_name="served")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chain = made.cert_chain_pems if whole else made.cert_chain_pems[:1]
        self._load(context, made.private_key_pem.bytes(), b"".join(one.bytes() for one in chain))
        return context

    def self_signed(self, *names: str, ends: timedelta = 90 * DAY) -> ssl.SSLContext:
        """The settings of a server that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self")])
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now() - 400 * DAY)
                .not_valid_after(now() + ends)
                .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names or ("localhost",)]),
                               critical=False).sign(key, hashes.SHA256()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
        self._load(context, pem, made.public_bytes(serialization.Encoding.PEM))
        return context

    def _load(self, context: ssl.SSLContext, key: bytes, chain: bytes) -> None:
        path = self._folder / "served.pem"
        path.write_bytes(key + chain)
        context.load_cert_chain(path)
