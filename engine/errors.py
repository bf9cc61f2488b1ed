"""The one exception for failures that a user can act on."""

from __future__ import annotations

FAILED, USAGE, UNREACHABLE = 1, 2, 3  # exit codes: a finding failed, bad input, could not check or reach something


class LaunchError(Exception):
    """What went wrong, why, and what to do about it, each in a founder's words; `code` is the exit code."""

    def __init__(self, what: str, why: str = "", cure: str = "", code: int = UNREACHABLE) -> None:
        self.what, self.why, self.cure, self.code = what, why, cure, code
        super().__init__(what)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.cure) if part)
