"""Which expressions a test run reached, and what they came to: as data, as text and as a page."""

from rules.coverage.measure import Coverage
from rules.coverage.report import Covered, Report

__all__ = ["Coverage", "Covered", "Report"]
