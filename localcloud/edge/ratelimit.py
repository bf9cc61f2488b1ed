"""Counts requests for the rate limiting rules (developers.cloudflare.com/waf/rate-limiting-rules/parameters)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from localcloud.edge import phases
from localcloud.edge.expressions import holds, text_of
from localcloud.edge.http_message import Answer, Request
from localcloud.edge.rules import CHALLENGES, COLO, Rule

CAPACITY = 10_000  # visitors remembered


@dataclass
class _Count:
    times: deque[float] = field(default_factory=deque)
    limited_until: float = 0.0


class RateLimits:
    """Counters in memory, as every data centre of Cloudflare's has its own. Times are in seconds since the epoch."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()

    def refusal(self, rules: Iterable[Rule], request: Request) -> Answer | None:
        """Count the request by each rule that it matches; return the answer of the first whose limit it breaks."""
        for rule in rules:
            if not holds(rule.expression, request):
                continue
            wait = self._seconds_to_wait(rule, request)
            if wait is not None and rule.action != "log":
                return phases.denial(rule, request, 429, ("retry-after", str(wait)))
        return None

    def _seconds_to_wait(self, rule: Rule, request: Request) -> int | None:
        """Return for how long the visitor is limited now, None when the request is within the limit."""
        count, now = self._count(rule, request), request.received
        if now < count.limited_until:
            return round(count.limited_until - now) or 1
        period = float(rule.limit["period"])
        while count.times and count.times[0] <= now - period:
            count.times.popleft()
        if holds(str(rule.limit.get("countingExpression") or rule.expression), request):
            count.times.append(now)
        if len(count.times) <= int(rule.limit["requestsPerPeriod"]):
            return None
        count.times.pop()  # only as many as the limit are kept
        mitigation = 0.0 if rule.action in CHALLENGES else float(rule.limit.get("mitigationTimeout") or 0)
        count.limited_until = now + mitigation
        return round(mitigation) or round(period)

    def _count(self, rule: Rule, request: Request) -> _Count:
        names = (str(one) for one in rule.limit["characteristics"] if one != COLO)
        key = (rule.name, rule.expression, *(_characteristic(name, request) for name in names))
        count = self._counts.setdefault(key, _Count())
        self._counts.move_to_end(key)
        while len(self._counts) > CAPACITY:
            self._counts.popitem(last=False)
        return count


def _characteristic(name: str, request: Request) -> str:
    return str(request.address) if name == "ip.src" else text_of(name, request) or ""
