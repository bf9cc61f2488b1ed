"""Builds the toolkit as a wheel, with its rooms in a private folder: `python -m tools.wheel OUT`."""
