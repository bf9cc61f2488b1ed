"""Reads an existing Flutter and Firebase app, runs none of it, and says where it loses money, events and data."""
