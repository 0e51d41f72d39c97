"""Commands about opsconsole itself: configuration, doctor, backup of its records, completion, manual."""
