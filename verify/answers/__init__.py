"""What observers bring back, as frozen values: read by judges, made without touching the network."""
