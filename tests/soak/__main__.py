"""`make soak`: consoles, agent, commands and mail at once, with faults; then the books must balance.

Real consoles on terminals are driven by keys, some of them without sense; scripts call commands; a mail server hands
mail over; checks break and are mended. Meanwhile processes are killed, the disk is full, the clock jumps, the records
are locked. In the end everything that was acknowledged must be there, once; exit status 1 where it is not. The same
seed makes the same plan of faults; what they meet depends on the machine.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.conftest import isolate_process
from tests.soak.plan import plan
from tests.soak.report import report
from tests.soak.running import Wanted, soak


def main() -> int:
    """See above."""
    usual = Wanted()
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="how long (default %(default)s)")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of the plan of faults (default %(default)s)")
    parser.add_argument("--consoles", type=int, default=usual.consoles, help="how many (default %(default)s)")
    parser.add_argument("--faults", type=int, default=usual.faults, help="how many (default %(default)s)")
    parser.add_argument("--plan", action="store_true", help="print the plan of faults, and do nothing")
    given = parser.parse_args()
    wanted = Wanted(given.seconds, given.seed, given.consoles, given.faults)
    if given.plan:
        for fault in plan(wanted.seed, wanted.seconds, wanted.faults):
            print(f"{fault.at:8.1f} s  {fault.lasts:5.1f} s  {fault.kind.value}")
        return 0
    isolate_process()
    # So that it leaves neither processes nor a disk behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    kept = Path(tempfile.mkdtemp(prefix="opssoak-kept-"))
    with tempfile.TemporaryDirectory(prefix="opssoak-") as folder:
        outcome = soak(wanted, Path(folder), kept)
    print(report(outcome))
    if outcome.wrong:
        print(f"\nThe records, what was told and the agent's log are in {kept}.")
        return 1
    kept.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main())
