"""Finds or builds the Pulumi engine, runs it, supervises our processes, and recovers after a kill."""
