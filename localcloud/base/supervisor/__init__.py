"""Starts, watches and ends the servers of the local cloud, and says how Pulumi and client libraries reach them."""
