"""The flows that must not break, played against a running stack as its users and vendors would."""

from flows.runner import play
from flows.stage import Stage

__all__ = ["Stage", "play"]
