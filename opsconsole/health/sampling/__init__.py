"""Measures this host: the kernel's files, mounts and sensors in a process that can be killed, processes."""
