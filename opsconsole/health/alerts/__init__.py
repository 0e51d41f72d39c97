"""Rules and alerts: when something is wrong for long enough to tell somebody, and when it is over."""
