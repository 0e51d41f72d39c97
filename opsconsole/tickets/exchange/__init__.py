"""Tickets from files and into files."""
