"""Checklists: templates, what is due when, walking through them, what was answered, and who signed."""
