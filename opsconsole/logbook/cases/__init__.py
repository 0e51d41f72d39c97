"""The use cases of the log, each one transaction."""
