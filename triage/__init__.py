"""Reads an existing Flutter and Firebase app without running any of it, and says where it loses money, events and data."""
