"""The health screens: the panel, the trend of a line, the processes, one process."""

from opsconsole.health.screen.panel import HealthScreen

__all__ = ["HealthScreen"]
