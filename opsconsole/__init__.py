"""opsconsole: the terminal window from which a small team keeps a server healthy."""

__version__ = "0.1.0"
