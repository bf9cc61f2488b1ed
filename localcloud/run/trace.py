"""The headers by which a request can be followed from Google's front end into the services' logs."""

from __future__ import annotations

import re

CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:/\d+)?(?:;o=(\d))?")
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-0([01])")


def headers(traceparent: str, cloud_trace: str, fresh_trace: int, fresh_span: int) -> dict[str, str]:
    """Return `traceparent` (W3C Trace Context) and `X-Cloud-Trace-Context` for the next hop.

    The caller's trace is continued, else the random 128-bit `fresh_trace` begins; the random 64-bit span is always new.
    """
    found = TRACEPARENT.fullmatch(traceparent) or CLOUD_TRACE.fullmatch(cloud_trace)
    trace, sampled = (found[1], found[2] or "0") if found else (f"{fresh_trace:032x}", "0")
    return {
        "traceparent": f"00-{trace}-{fresh_span:016x}-0{sampled}",
        "x-cloud-trace-context": f"{trace}/{fresh_span};o={sampled}",
    }
