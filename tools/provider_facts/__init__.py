"""Holds a list of facts about the real providers' schemas against the rehearsal's own."""
