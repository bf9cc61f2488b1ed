"""The acceptance criteria, played against a running stack.

Each module holds what is done and seen for a criterion (`play`), and apart from it the verdict (`judge`).
"""

from flows.accept.runner import CRITERIA, FAULTY, UnknownCriterion, chosen, play

__all__ = ["CRITERIA", "FAULTY", "UnknownCriterion", "chosen", "play"]
