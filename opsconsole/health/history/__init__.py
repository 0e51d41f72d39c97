"""What was measured: recorded every ten seconds, rolled up to minutes and quarters of an hour, read for charts."""
