"""What every part of the local cloud stands on: the world, ports, keys, tokens, certificates and processes."""
