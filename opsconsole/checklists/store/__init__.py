"""Checklists in the records: SQL, and nothing but SQL."""
