"""Run in its own mount namespace: watches a real mount that hangs and recovers; prints what it saw as JSON.

`python hanging_scenario.py stopped|swallowed <folder>`
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from opsconsole.core.clock import SystemClock
from opsconsole.health.model import Mount
from opsconsole.health.sampling.prober import Prober
from opsconsole.health.sampling.sampler import Sampler
from opsconsole.health.settings import HealthSettings

PATIENCE = 20.0


def stuck() -> set[int]:
    """Probes that were killed and are still there, in the kernel (state D): SIGKILL is bit 8 of what is pending."""
    found = set()
    for pid in children():
        try:
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        fields = {line.partition(":")[0]: line.split()[1] for line in status if len(line.split()) > 1}
        if fields.get("State") == "D" and (int(fields["ShdPnd"], 16) | int(fields["SigPnd"], 16)) & 1 << 8:
            found.add(pid)
    return found


def children() -> list[int]:
    """Living children of this process that are probes."""
    found = []
    for name in os.listdir("/proc"):
        try:
            words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            if name.isdigit() and int(words[1]) == os.getpid() and b"probe.py" in Path(
                    f"/proc/{name}/cmdline").read_bytes():
                found.append(int(name))
        except (OSError, IndexError):
            continue
    return found


class Scene:
    """A sampler with short limits, and one FUSE mount."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        script = Path(__file__).with_name("fuse_server.py")
        self.server = subprocess.Popen([sys.executable, str(script), folder], stdout=subprocess.PIPE)
        assert self.server.stdout is not None
        if self.server.stdout.readline() != b"ready\n":
            print(json.dumps({"skip": "needs FUSE in a user namespace"}))
            raise SystemExit
        clock = SystemClock()
        self.prober = Prober(clock, handover=0.05, limit=0.3)
        self.sampler = Sampler(HealthSettings(), clock, prober=self.prober)

    def look(self) -> tuple[Mount, Mount | None]:
        """The FUSE mount and some other one, now."""
        snapshot = self.sampler.sample()
        mine = next(mount for mount in snapshot.mounts if mount.path == self.folder)
        return mine, next((mount for mount in snapshot.mounts if mount.path == "/"), None)

    def until(self, what: str) -> dict[str, object]:
        """Samples until the mount is `silent`, `well` or `refused`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            mine, other = self.look()
            state = "silent" if mine.silent_since else "refused" if mine.problem else "well" if mine.total else "new"
            if state == what:
                return {"state": state, "total": mine.total, "problem": mine.problem,
                        "others_well": other is None or other.total is not None}
            time.sleep(0.05)
        return {"state": "never " + what}


def stopped(scene: Scene) -> list[object]:
    """The server is stopped and continued: whoever waits can be killed."""
    seen: list[object] = [scene.until("well")]
    scene.server.send_signal(signal.SIGSTOP)
    seen.append(scene.until("silent"))
    scene.server.send_signal(signal.SIGCONT)
    seen.append(scene.until("well"))
    return seen


def swallowed(scene: Scene) -> list[object]:
    """The server takes requests and never answers: whoever waits cannot be killed until the server is gone."""
    seen: list[object] = [scene.until("well")]
    scene.server.send_signal(signal.SIGUSR1)
    seen.append(scene.until("silent"))
    # Several retries would fit into this time; the process must stay the same one, and the only one.
    ever: set[int] = set()
    end = time.monotonic() + PATIENCE
    while not ever and time.monotonic() < end:
        scene.look()
        ever |= stuck()
        time.sleep(0.05)
    end = time.monotonic() + 3
    before = stuck()
    while time.monotonic() < end:
        mine, other = scene.look()
        assert mine.silent_since
        assert other is None or other.total
        time.sleep(0.05)
        # One that dies at once of its signal is not stuck: it has to be seen twice.
        now = stuck()
        ever |= now & before
        before = now
    seen.append({"stuck": len(stuck()), "ever": len(ever)})
    scene.server.kill()
    scene.server.wait()
    seen.append(scene.until("refused"))
    return seen


def main() -> None:
    """See above."""
    scene = Scene(sys.argv[2])
    try:
        seen = {"stopped": stopped, "swallowed": swallowed}[sys.argv[1]](scene)
        scene.sampler.close()
    finally:
        scene.server.kill()
        scene.server.communicate()
    end = time.monotonic() + PATIENCE
    while children() and time.monotonic() < end:
        for pid in children():
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)
    seen.append({"left": len(children())})
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
