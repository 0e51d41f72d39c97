"""What a service is to reach, and how it stands: target, actual, window, and where the number comes from."""
