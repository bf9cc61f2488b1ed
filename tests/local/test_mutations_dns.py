"""One fault at a time in the stack's DNS: a foreign tool sees it, and exactly the findings about it turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dns.rcode
import pytest
from dns.message import Message

pytestmark = pytest.mark.stack

DOMAIN = "acme.test"
DMARC = f"_dmarc.{DOMAIN}"


def dig(expected: str, *question: str, port: str = "dns") -> Callable[[Any], bool]:
    """Return whether kdig's answer holds this text."""
    return lambda bench: expected in bench.kdig(*question, port=port)


def servfail(name: str) -> Callable[[Message, Message], Message]:
    """Answer SERVFAIL to every question about a name."""

    def alter(query: Message, response: Message) -> Message:
        if query.question[0].name.to_text(omit_final_dot=True) == name:
            response.answer, response.authority = [], []
            response.set_rcode(dns.rcode.SERVFAIL)
        return response

    return alter


FAULTS = {
    "a record changed by hand": (
        lambda bench: bench.records("MX", DOMAIN, "smtp.other.test", priority=1),
        dig("smtp.other.test", DOMAIN, "MX"),
        {f"dns.record.exact MX {DOMAIN}": "fail"},
    ),
    "a record removed by hand": (
        lambda bench: bench.records("CAA", DOMAIN),
        dig("ANSWER: 0", DOMAIN, "CAA"),
        {f"dns.record.exact CAA {DOMAIN}": "fail"},
    ),
    "SERVFAIL is not called missing": (
        lambda bench: bench.wire(servfail(DMARC)),
        dig("SERVFAIL", DMARC, "TXT"),
        {f"dns.record.exact TXT {DMARC}": "unknown", "mail.dmarc.policy": "unknown"},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_turns_exactly_the_findings_about_it(mutation: Callable[..., None], fault: str) -> None:
    mutation(*FAULTS[fault])
