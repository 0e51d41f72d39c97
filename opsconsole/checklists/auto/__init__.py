"""What the machine thinks of automatic items: it looks, and proposes an answer with its evidence."""

from opsconsole.checklists.auto.proposer import Proposer

__all__ = ["Proposer"]
