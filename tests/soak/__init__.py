"""Everything at once for a long time, with faults: whether the books balance afterwards."""
