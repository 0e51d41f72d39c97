"""Certificates for servers of tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import trustme

if TYPE_CHECKING:
    from pathlib import Path


class Certificates(NamedTuple):
    """Paths of PEM files."""

    ca: Path
    cert: Path
    key: Path


def issued(folder: Path, *names: str) -> Certificates:
    """A certificate for `127.0.0.1` and `localhost`, or other names, by an authority of its own.

    The files are in `folder` and belong to whom the folder belongs; the key is for them alone.
    """
    authority = trustme.CA()
    made = authority.issue_cert(*(names or ("127.0.0.1", "localhost")))
    files = Certificates(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(str(files.ca))
    made.cert_chain_pems[0].write_to_path(str(files.cert))
    made.private_key_pem.write_to_path(str(files.key))
    files.key.chmod(0o600)
    owner = folder.stat()
    for path in files:
        os.chown(path, owner.st_uid, owner.st_gid)
    return files
