"""Loads the program fast in a rehearsal: SDKs cut to what is used, a host beside the engine, early sending."""
