"""A fixed set of hostile questions of any rules file, each answered with the shortest proof.

A proof is a request that the rules really allow: it was decided by the same engine that decides everything else. That
no proof was found is not a proof of the opposite; it says that the search came to its end without one.
"""

from rules.probe.answers import Answer, Proof, Status
from rules.probe.questions import questions, questions_at
from rules.probe.risks import Level, Risk, risks

__all__ = ["Answer", "Level", "Proof", "Risk", "Status", "questions", "questions_at", "risks"]
