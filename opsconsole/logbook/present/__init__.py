"""What the pages of the log are made of before any user interface sees them. Pure."""
