"""One question to one server: by UDP, sent again when nothing comes, and by TCP when the answer is too long."""

from __future__ import annotations

import errno
import socket

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.inet
import dns.message
from dns.message import Message

from verify.answers.dns import Question, Reply
from verify.reach import Address

SHARES = (0.2, 0.3, 0.5)  # of the time-out that each try waits: a lost packet costs one try, not the question
NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
PAYLOAD = 1232  # bytes taken by UDP, dnsflagday.net/2020


async def exchange(question: Question, server: Address, timeout: float) -> Reply:
    """Return what the server says within `timeout` seconds; never raises for what servers and networks do."""
    try:
        query = dns.message.make_query(question.name, question.type, use_edns=0, want_dnssec=True, payload=PAYLOAD)
        return Reply(question, server, await _answered(query, server, timeout))
    except dns.exception.Timeout:
        return Reply(question, server, error=f"no answer within {timeout:g} s")
    except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
        routed = getattr(error, "errno", None) not in NO_ROUTE
        return Reply(question, server, error=str(error) or type(error).__name__, routed=routed)


async def _answered(query: Message, server: Address, timeout: float) -> Message:
    host, port = server
    try:
        return await _by_datagram(query, server, timeout)
    except dns.message.Truncated:
        return await dns.asyncquery.tcp(query, host, timeout=timeout, port=port)


async def _by_datagram(query: Message, server: Address, timeout: float) -> Message:
    """Connected, so that a closed port is told at once."""
    host, port = server
    backend = dns.asyncbackend.get_default_backend()
    family = dns.inet.af_for_address(host)
    made = await backend.make_socket(family, socket.SOCK_DGRAM, 0, None, server)  # type: ignore[no-untyped-call]
    async with made as datagrams:
        for share in SHARES:
            try:
                return await dns.asyncquery.udp(
                    query,
                    host,
                    timeout=timeout * share,
                    port=port,
                    sock=datagrams,
                    raise_on_truncation=True,
                    ignore_errors=True,
                )
            except dns.exception.Timeout:
                continue
    raise dns.exception.Timeout
