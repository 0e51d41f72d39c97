"""The screens of the log: the list, an entry, its forms."""
