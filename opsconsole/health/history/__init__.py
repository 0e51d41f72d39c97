"""The history of every series, in three tiers of detail."""
