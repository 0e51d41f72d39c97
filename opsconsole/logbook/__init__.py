"""The maintenance log: what was done, by whom, frozen by signatures; and the proof that nothing was changed."""
