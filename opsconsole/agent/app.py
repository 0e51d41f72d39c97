"""Puts the agent together: both databases, the lease, the features' jobs, the loop. A composition root."""
