"""The use cases of checklists, each one transaction."""
