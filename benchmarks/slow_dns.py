"""An authoritative server that takes its time: every answer comes `delay` seconds late, and every question is noted.

    python -m benchmarks.slow_dns PORT DELAY_MS LOG < ZONE

ZONE has one record a line, `name. ttl IN type data`; LOG gets one line a question, `name type`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, TextIO

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.name import Name
from dns.rrset import RRset

Records = dict[tuple[Name, int], RRset]


def records_of(text: str) -> Records:
    """Return the record sets of a zone's text."""
    records: Records = {}
    for line in filter(str.strip, text.splitlines()):
        name, ttl, class_, type_, data = line.split(None, 4)
        one = dns.rrset.from_text(name, int(ttl), class_, type_, data)
        records.setdefault((one.name, one.rdtype), one).add(one[0], one.ttl)
    return records


def answer(records: Records, query: dns.message.Message) -> dns.message.Message:
    """Return what the zone says: REFUSED for names outside of it, NXDOMAIN for names that it does not know."""
    name, kind = query.question[0].name.canonicalize(), query.question[0].rdtype
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if (name, kind) in records:
        response.answer.append(records[name, kind])
    elif not any(owner.is_subdomain(name) for owner, _ in records):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


class Slow(asyncio.DatagramProtocol):
    """Answers each question `delay` seconds after it came, however many come at once.

    What was answered before is kept, so that the server's own work does not count into what is measured.
    """

    def __init__(self, records: Records, delay: float, log: TextIO) -> None:
        self._records, self._delay, self._log = records, delay, log
        self._known: dict[bytes, tuple[str, bytes]] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        due = asyncio.get_running_loop().time() + self._delay
        number, question = data[:2], data[2:]
        if question not in self._known:
            self._known[question] = self._answered(data)
        line, wire = self._known[question]
        self._log.write(line)
        asyncio.get_running_loop().call_at(due, self._transport.sendto, number + wire, addr)

    def _answered(self, data: bytes) -> tuple[str, bytes]:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        line = f"{name} {dns.rdatatype.to_text(query.question[0].rdtype)}\n"
        return line, answer(self._records, query).to_wire()[2:]


async def serve(port: int, delay: float, log: Path, text: str) -> None:
    """Serve until the process is ended."""
    with log.open("w", buffering=1) as noted:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: Slow(records_of(text), delay, noted), ("127.0.0.1", port))
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000, Path(sys.argv[3]), sys.stdin.read()))
