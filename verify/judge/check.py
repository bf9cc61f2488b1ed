"""What a judge is about to decide: which check, about what, what is expected, and the cure when it is not so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from blueprint.finding import Finding, Status

REACH = "Make sure that the host can be reached from here, then run `./launch verify` again."


@dataclass(frozen=True)
class Check:
    """One question with its expectation; its methods turn an observation into a Finding."""

    id: str
    subject: str
    expected: str
    fix: str

    def decided(self, ok: bool, observed: str, evidence: str = "") -> Finding:
        """Return a pass or a fail."""
        return self._finding(Status.PASS if ok else Status.FAIL, observed, evidence)

    def warned(self, observed: str, evidence: str = "") -> Finding:
        """Return a warning: it works, and should be fixed."""
        return self._finding(Status.WARN, observed, evidence)

    def unknown(self, why: str, fix: str = REACH) -> Finding:
        """Return that it could not be found out, which is never a pass, and how it could be."""
        return replace(self, fix=fix)._finding(Status.UNKNOWN, f"could not be checked: {why}", "")

    def _finding(self, status: Status, observed: str, evidence: str) -> Finding:
        fix = "" if status is Status.PASS else self.fix
        return Finding(self.id, self.subject, status, self.expected, observed, evidence, fix)
