"""A real Redis server on loopback."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.certificates import Certificates, issued
from tests.servers.running import free_port, listens, own_folder, program, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RedisServer(NamedTuple):
    port: int
    socket: Path
    tls_port: int
    """0: it speaks no TLS."""
    certificates: Certificates | None
    process: subprocess.Popen[bytes]

    def run(self, *command: str) -> str:
        """What redis-cli prints for a command."""
        done = subprocess.run([program("redis-cli", needs="redis-server"), "-s", str(self.socket), *command],
                              capture_output=True, check=True, timeout=30)
        return done.stdout.decode().strip()


@contextmanager
def redis_server(*options: str, tls: bool = False) -> Iterator[RedisServer]:
    """A server that keeps nothing on disk; options are those of its configuration: `--requirepass`, `x`."""
    binary = program("redis-server", needs="redis-server")
    with own_folder() as folder:
        port, path = free_port(), folder / "s"
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", str(path),
                   "--unixsocketperm", "777", "--save", "", "--appendonly", "no", "--dir", str(folder),
                   "--daemonize", "no", *options]
        tls_port, files = (free_port(), issued(folder)) if tls else (0, None)
        if files is not None:
            command += ["--tls-port", str(tls_port), "--tls-auth-clients", "no", "--tls-cert-file", str(files.cert),
                        "--tls-key-file", str(files.key)]
        with running(command, folder, lambda: path.exists() and listens(port)) as process:
            yield RedisServer(port, path, tls_port, files, process)
