"""The terminal user interface: the shell that features put their screens into."""
