"""Checks of services: what they ask, what they found, and what is thought of it."""
