"""Adapters to the providers that a launch chooses from, one file for each."""
