"""One module for each family of checks; each is imported when the first check of it runs."""
