"""The night's round: each night what changed since the last, and a seventh of everything there is.

So the cost of a night grows with what changed, and within a week nothing stays unseen.
"""
