"""Observers ask the network, and only that: what they return is judged elsewhere."""
