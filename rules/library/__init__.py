"""The functions and methods of the language, as Google's reference lists them."""

from rules.library import conversions, lists, maps, maths, places, strings, times
from rules.library.registry import FUNCTIONS, METHODS

__all__ = ["FUNCTIONS", "METHODS", "conversions", "lists", "maps", "maths", "places", "strings", "times"]
