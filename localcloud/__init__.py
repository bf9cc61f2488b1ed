"""The cloud on this machine: provider servers for the engine, one world, and loopback servers that read it."""
