"""Whether anything on this machine listens on a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.format import duration
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.asking import NoAnswer, ask
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.local import PortCheck


async def measure(check: PortCheck, scope: Scope) -> Measured:
    """Values listening, count (sockets), address and, where this user may see it, owner."""
    arguments = {"port": check.port, "protocol": check.protocol, "address": check.address,
                 "known": scope.memory.get("owners", {})}
    try:
        seen = await ask(scope, "tables:ports", arguments)
    except NoAnswer as why:
        return Measured({}, f"/proc gave no answer within {duration(check.timeout)}", level=Level.UNKNOWN,
                        output=str(why))
    if seen["problem"]:
        return Measured({}, seen["problem"], level=Level.UNKNOWN)
    scope.memory["owners"] = seen["owners"]
    sockets = seen["sockets"]
    values: dict[str, Value] = {"listening": bool(sockets), "count": float(len(sockets))}
    if not sockets:
        where = f" at {check.address}" if check.address else ""
        return Measured(values, f"nobody listens{where}")
    addresses = list(dict.fromkeys(address for address, _ in sockets))
    owners = list(dict.fromkeys(owner for _, inode in sockets if (owner := seen["owners"][inode])))
    values["address"] = ", ".join(addresses)
    if owners:
        values["owner"] = ", ".join(owners)
    text = f"{owners[0]} listens" if owners else "listening"
    return Measured(values, text, output=f"{check.protocol} port {check.port} at {', '.join(addresses)}")
