"""Flow: the public door answers, through the edge and the load balancer."""

from __future__ import annotations

import json

from blueprint.finding import Finding, Status
from flows.edge import Answer, Edge
from flows.stage import Stage

ID = "flow.health"
EXPECTED = "https://{host}/health answers 200 and names the service intake"
FIX = "Look at `./launch status` and `./launch logs run`: is the service intake up, and does the edge lead to it?"


def play(stage: Stage, door: Edge) -> Finding:
    """Ask for the health of the public service."""
    return judge(stage.api_host, door.get("/health"))


def judge(host: str, answer: Answer) -> Finding:
    """Return whether the answer is that of the service itself."""
    is_well = answer.status == 200 and _service(answer.text) == "intake"
    return Finding(
        id=ID,
        subject=host,
        status=Status.PASS if is_well else Status.FAIL,
        expected=EXPECTED.format(host=host),
        observed=f"it answers {answer.status}" + ("" if is_well else f": {answer.text[:200]}"),
        evidence=answer.text[:500],
        fix="" if is_well else FIX,
    )


def _service(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    return str(body.get("service", "")) if isinstance(body, dict) else ""
