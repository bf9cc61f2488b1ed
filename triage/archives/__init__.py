"""Searches built apps without unpacking them to disk."""
