"""What changed on this host from outside of this program: restarts, packages, services, people who became root."""
