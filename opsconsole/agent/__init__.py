"""The headless process that runs every feature's jobs, once per host."""
