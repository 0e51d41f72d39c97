"""A real MariaDB server on loopback."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.running import free_port, listens, one_shot, own_folder, program, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS = "mariadb-server"
PASSWORD = "pass'word \\ of \"boss\" #1"


class MysqlServer(NamedTuple):
    port: int
    socket: Path
    folder: Path
    process: subprocess.Popen[bytes]

    def session(self, statement: str) -> subprocess.Popen[bytes]:
        """A session of the superuser that runs a statement."""
        return subprocess.Popen([program("mariadb", needs=NEEDS), "--no-defaults", "-BN", "-S", str(self.socket),
                                 "-uroot", "-e", statement],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, statement: str) -> str:
        """What the client prints for a statement."""
        session = self.session(statement)
        output = session.communicate(timeout=30)[0].decode()
        assert session.returncode == 0, output
        return output.strip()

    def ready(self) -> bool:
        """Whether it takes connections now."""
        session = self.session("SELECT 1")
        session.communicate(timeout=30)
        return session.returncode == 0


@contextmanager
def mysql_server(*options: str) -> Iterator[MysqlServer]:
    """A server with `root` without a password and `boss` with `PASSWORD`, who may see all."""
    binary = program("mariadbd", "/usr/sbin", needs=NEEDS)
    with own_folder() as folder:
        port, path, data = free_port(), folder / "s", folder / "data"
        one_shot([shutil.which("mariadb-install-db") or "", "--no-defaults", "--auth-root-authentication-method=normal",
                  "--skip-test-db", "--skip-name-resolve", f"--datadir={data}", "--innodb-flush-method=nosync",
                  "--innodb-log-file-size=4M"], folder)
        command = [binary, "--no-defaults", f"--datadir={data}", f"--socket={path}", f"--port={port}",
                   "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=8M",
                   "--innodb-fast-shutdown=2", "--innodb-flush-method=nosync", "--max-connections=20", *options]
        with running(command, folder, lambda: path.exists() and listens(port)) as process:
            server = MysqlServer(port, path, folder, process)
            quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
            server.run(f"CREATE USER boss@'%' IDENTIFIED BY '{quoted}'; GRANT ALL ON *.* TO boss@'%'; FLUSH HOSTS")
            yield server
