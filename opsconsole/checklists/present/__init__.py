"""Pages of checklists: the list, the walk, what is signed, histories, statistics; pure."""
