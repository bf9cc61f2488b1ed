"""Readers of the small languages that programs hand to the clouds as texts: whether a text is one, and why not."""
