"""The live health of this host: sampled, judged, explained."""
