"""The screens of checklists: the list, the walk, the history of an item, how well they were kept."""
