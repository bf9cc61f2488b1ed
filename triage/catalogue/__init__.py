"""Every check of triage by its id, each with why it hurts, what is expected, and which part of the toolkit ends it."""

from __future__ import annotations

from collections.abc import Mapping

from triage.catalogue import data, flutter, functions, online, shipping
from triage.model import Check

CHECKS: Mapping[str, Check] = {
    check.id: check for group in (functions, flutter, data, shipping, online) for check in group.CHECKS
}
