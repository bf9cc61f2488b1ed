"""Loads the program fast where it is asked to: SDKs cut to what is used, a host beside the engine, early sending."""
