"""Eventarc: triggers of the world, and the Firestore events that go from them to services."""
