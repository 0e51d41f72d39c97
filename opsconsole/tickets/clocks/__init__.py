"""How the promises to a ticket stand: calculated from its events, never from a counter; pure."""

from opsconsole.tickets.clocks.course import Course, clocks
from opsconsole.tickets.clocks.model import Clock, Pick, Run, next_wake, pick, reach
from opsconsole.tickets.clocks.policies import Policies, Terms

__all__ = ["Clock", "Course", "Pick", "Policies", "Run", "Terms", "clocks", "next_wake", "pick", "reach"]
