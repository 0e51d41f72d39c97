"""Reports of a period: a definition names figures and where they come from; what nobody knows stays blank."""
