"""What reads files, logs and /proc for checks, in a process of its own; the standard library and this program only."""
