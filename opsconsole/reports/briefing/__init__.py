"""What a person finds who comes back: what happened since the last visit, and what others handed over."""
