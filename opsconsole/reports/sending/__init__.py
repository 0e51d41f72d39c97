"""Reports that are sent by themselves at set times."""
