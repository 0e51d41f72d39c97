"""A real PostgreSQL server on loopback."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.certificates import Certificates, issued
from tests.servers.running import free_port, one_shot, own_folder, program, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = "/usr/lib/postgresql/*/bin"
NEEDS = "postgresql"
PASSWORD = "pass'word \\ of \"boss\""


class PostgresServer(NamedTuple):
    port: int
    folder: Path
    """That of its Unix socket too."""
    certificates: Certificates
    process: subprocess.Popen[bytes]

    def psql(self, statement: str) -> subprocess.Popen[bytes]:
        """A session of the superuser that runs a statement."""
        return subprocess.Popen([program("psql", PLACE, needs=NEEDS), "-XqAt", "-h", str(self.folder), "-p",
                                 str(self.port), "-U", "boss", "-d", "postgres", "-c", statement],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, statement: str) -> str:
        """What psql prints for a statement."""
        session = self.psql(statement)
        output = session.communicate(timeout=30)[0].decode()
        assert session.returncode == 0, output
        return output.strip()

    def ready(self) -> bool:
        """Whether it takes connections now."""
        session = self.psql("SELECT 1")
        session.communicate(timeout=30)
        return session.returncode == 0


@contextmanager
def postgres_server(*options: str) -> Iterator[PostgresServer]:
    """A server with the superuser `boss`, who signs in by socket without and by TCP with `PASSWORD`."""
    binaries = Path(program("initdb", PLACE, needs=NEEDS)).resolve().parent
    with own_folder() as folder:
        port, data = free_port(), folder / "data"
        one_shot([str(binaries / "initdb"), "--no-sync", "--auth=trust", "-U", "boss", "-E", "UTF8", "--locale=C", "-D",
                  str(data)], folder)
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        files = issued(folder)
        settings = {"ssl": "on", "ssl_cert_file": files.cert, "ssl_key_file": files.key,
                    "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
                    "shared_buffers": "16MB", "autovacuum": "off", "max_connections": 10,
                    "superuser_reserved_connections": 2}
        command = [str(binaries / "postgres"), "-D", str(data),
                   *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")), *options]
        lines = data / "postmaster.pid"
        with running(command, folder, lambda: lines.exists() and lines.read_text().strip().endswith("ready"),
                     signal.SIGINT) as process:
            server = PostgresServer(port, folder, files, process)
            quoted = PASSWORD.replace("'", "''")
            server.run(f"ALTER USER boss PASSWORD '{quoted}'")
            yield server
