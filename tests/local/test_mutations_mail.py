"""One fault at a time in the stack's e-mail: a foreign tool sees it, and exactly the findings about it turn."""

from __future__ import annotations

import base64
import importlib
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dkim
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dns.message import Message
from dns.rdataclass import IN

from localcloud.base.authority import HTTP1, Authority

pytestmark = pytest.mark.stack

DOMAIN, SEND = "acme.test", "send.acme.test"
DMARC, GOOGLE, RESEND = (f"{label}.{DOMAIN}" for label in ("_dmarc", "google._domainkey", "resend._domainkey"))
SPF, NETBLOCKS, SES, MX = "_spf.google.com", "_netblocks.google.com", "amazonses.com", "smtp.google.com"
POLICY = "v=DMARC1; p=quarantine; sp=quarantine; np=quarantine; rua=mailto:dmarc@acme.test"
STS_HOST = f"mta-sts.{DOMAIN}"
STRANGER = "203.0.113.99"
# A key of 512 bits that nothing is signed with: the libraries of today make none so short.
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMaz5c5v2sy/vnBEdegDgpx4RIuw5D6NuD/9XJkXh8FIAiXKXIiGQDzAwvT0CRNZOmzRvGM4"
    "ItbgAfU8zwR/rw0CAwEAAQ=="
)
Seen = Callable[[Any], bool]
Fault = Callable[[Any], AbstractContextManager[Any]]


# Foreign tools


def dig(expected: str, *question: str) -> Seen:
    """Whether kdig's answer holds this text."""
    return lambda bench: expected in bench.kdig(*question)


def both(*tools: Seen) -> Seen:
    return lambda bench: all(tool(bench) for tool in tools)


def pyspf_says(result: str, ip: str = STRANGER, domain: str = DOMAIN) -> Seen:
    """Whether pyspf, which asks the stack's name server by dnspython, comes to this result."""

    def seen(bench: Any) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is compiled with strings that Python warns of
            spf = importlib.import_module("spf")

        def look_up(name: str, type_: str, *_args: Any, **_options: Any) -> list[Any]:
            answer = dns.query.udp(dns.message.make_query(name, type_), "127.0.0.1", 5, port=bench.ports["dns"])
            wanted = dns.rdatatype.from_text(type_)
            return [
                ((name, type_), FORMS[type_](one)) for rrset in answer.answer if rrset.rdtype == wanted for one in rrset
            ]

        usual, spf.DNSLookup = spf.DNSLookup, look_up
        try:
            return bool(spf.query(ip, f"ada@{domain}", "mail.example").check()[0] == result)
        finally:
            spf.DNSLookup = usual

    return seen


FORMS: dict[str, Callable[[Any], Any]] = {
    "TXT": lambda record: (b"".join(record.strings),),
    "MX": lambda record: (record.preference, str(record.exchange)),
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "PTR": lambda record: str(record.target),
}


def dkimpy_sees(size: int | None, name: str = GOOGLE) -> Seen:
    """Whether dkimpy reads a key of this size (bits) at a name, or none."""

    def seen(bench: Any) -> bool:
        text = "".join(part for part in bench.kdig("+short", name, "TXT").split('"') if part.strip())
        try:
            return bool(dkim.evaluate_pk(name.encode(), text.encode())[1] == size)
        except dkim.KeyFormatError:
            return size is None

    return seen


# Faults


def text(name: str, *contents: str) -> Fault:
    """Have just these texts at a name of the stack's zone."""
    return lambda bench: bench.records("TXT", name, *(_chunked(content) for content in contents))


def _chunked(content: str) -> str:
    return " ".join(f'"{content[start : start + 255]}"' for start in range(0, len(content), 255))


def elsewhere(name: str, type_: str, *contents: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> Fault:
    """Have a name of somebody else's zone answer this."""

    def alter(query: Message, response: Message) -> Message:
        question = query.question[0]
        if question.name.to_text(omit_final_dot=True) == name and question.rdtype.name in (type_, "A", "AAAA"):
            response.set_rcode(rcode)
            response.answer = [dns.rrset.from_text(question.name, 60, IN, type_, *contents)] if contents else []
        return response

    return lambda bench: bench.wire(alter)


def spf_elsewhere(name: str, record: str) -> Fault:
    return elsewhere(name, "TXT", _chunked(record))


def mta_sts(policy: str, status: int = 200, trusted: bool = True) -> Fault:
    """Announce MTA-STS, and have a web server of its own serve this policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(policy)))
            self.end_headers()
            self.wfile.write(policy.encode())

        def log_message(self, *_args: object) -> None:
            pass

    @contextmanager
    def make(bench: Any) -> Iterator[Any]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = Authority(bench.home.path).context(STS_HOST, HTTP1) if trusted else _unknown_context()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            with bench.records("TXT", f"_mta-sts.{DOMAIN}", '"v=STSv1; id=1"') as announced:
                yield _routed(announced, server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return make


def _unknown_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(STS_HOST, not_after=datetime.now(UTC) + timedelta(days=60)).configure_cert(context)
    return context


def _routed(bench: Any, port: int) -> Any:
    """The bench with another server for the host of the policy."""

    class Routed(type(bench)):  # type: ignore[misc]
        @property
        def reach(self) -> Any:
            usual = super().reach
            return replace(usual, addresses={**usual.addresses, (STS_HOST, 443): ("127.0.0.1", port)})

        def curl(self) -> str:
            where = ("--connect-to", f"::127.0.0.1:{port}", "--cacert", str(usual_ca(self)))
            return str(self.tool("curl", "-si", "--show-error", *where, f"https://{STS_HOST}/.well-known/mta-sts.txt"))

    return Routed(bench.home, bench.ports)


def usual_ca(bench: Any) -> Any:
    return bench.home.path / "ca" / "ca.pem"


def curl_sees(expected: str) -> Seen:
    """Whether curl's answer about the policy holds this text; nobody serves one on the healthy stack."""
    return lambda bench: hasattr(bench, "curl") and expected in bench.curl()


def key(bits: int) -> str:
    public = rsa.generate_private_key(65_537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def exact(name: str, type_: str = "TXT") -> dict[str, str]:
    """The finding that a promised record is another one."""
    return {f"dns.record.exact {type_} {name}": "fail"}


OTHER = key(2_048)
GONE = {
    f"mail.dmarc.{id_}": "absent"
    for id_ in ("syntax", "policy", "subdomains", "historic", "organization", "reports", "rfc7489")
}
STS = {f"mail.mta_sts.{id_}": "pass" for id_ in ("record", "policy", "mx")}  # new, where nothing was promised
SPF_OF = f" {DOMAIN}"
PREFIX = f"v=spf1 include:{SPF}"

FAULTS: dict[str, tuple[Fault, Seen, dict[str, str]]] = {
    "an 11th lookup, far down": (
        spf_elsewhere(SPF, f"v=spf1 {'include:_netblocks.google.com ' * 10}~all"),
        pyspf_says("permerror"),
        {f"mail.spf.lookups{SPF_OF}": "fail"},
    ),
    "a third lookup that finds nothing": (
        spf_elsewhere(SPF, "v=spf1 a:one.google.com a:two.google.com a:three.google.com ~all"),
        pyspf_says("permerror"),
        {f"mail.spf.voids{SPF_OF}": "fail"},
    ),
    "two SPF records": (
        text(DOMAIN, f"{PREFIX} -all", "v=spf1 -all"),
        pyspf_says("permerror"),
        {f"mail.spf.single{SPF_OF}": "fail", **exact(DOMAIN)},
    ),
    "everybody may send": (
        text(DOMAIN, f"{PREFIX} +all"),
        pyspf_says("pass"),
        {f"mail.spf.all{SPF_OF}": "fail", **exact(DOMAIN)},
    ),
    "an SPF record without an end": (
        text(DOMAIN, PREFIX),
        pyspf_says("neutral"),
        {f"mail.spf.all{SPF_OF}": "warn", **exact(DOMAIN)},
    ),
    "a loop of includes": (
        spf_elsewhere(NETBLOCKS, f"v=spf1 include:{SPF} ~all"),
        pyspf_says("permerror"),
        {f"mail.spf.loop{SPF_OF}": "fail"},
    ),
    "an include without a record": (
        elsewhere(NETBLOCKS, "TXT", rcode=dns.rcode.NXDOMAIN),
        pyspf_says("permerror"),
        {f"mail.spf.includes{SPF_OF}": "fail"},
    ),
    "an included record with a typing mistake": (
        spf_elsewhere(NETBLOCKS, "v=spf1 ip4:192.0.2.300 ~all"),
        pyspf_says("permerror"),
        {f"mail.spf.syntax{SPF_OF}": "fail"},
    ),
    "ptr in a sender's record": (
        spf_elsewhere(NETBLOCKS, "v=spf1 ptr ~all"),
        dig("v=spf1 ptr", NETBLOCKS, "TXT"),
        {f"mail.spf.ptr{SPF_OF}": "warn"},
    ),
    "a sender left out": (
        text(DOMAIN, "v=spf1 -all"),
        pyspf_says("fail", "192.0.2.1"),
        {f"mail.spf.senders{SPF_OF}": "fail", **exact(DOMAIN)},
    ),
    "texts too long for a plain answer": (
        text(DOMAIN, f"{PREFIX} -all", "site-verification=" + "x" * 500),
        lambda bench: int(bench.kdig(DOMAIN, "TXT").rpartition("Received ")[2].split()[0]) > 512,
        {f"mail.spf.size{SPF_OF}": "warn", **exact(DOMAIN)},
    ),
    "a sender's record that does not answer": (
        elsewhere(NETBLOCKS, "TXT", rcode=dns.rcode.SERVFAIL),
        dig("SERVFAIL", NETBLOCKS, "TXT"),
        {f"mail.spf.{id_}{SPF_OF}": "unknown" for id_ in ("syntax", "lookups", "voids", "includes", "loop")},
    ),
    "a revoked DKIM key": (
        text(GOOGLE, "v=DKIM1; k=rsa; p="),
        dkimpy_sees(None),
        {f"mail.dkim.key {GOOGLE}": "fail", **exact(GOOGLE)},
    ),
    "a DKIM key of 512 bits": (
        text(GOOGLE, f"v=DKIM1; k=rsa; p={SHORT}"),
        dkimpy_sees(512),
        {f"mail.dkim.key {GOOGLE}": "fail", **exact(GOOGLE)},
    ),
    "a DKIM key of 1024 bits": (
        text(GOOGLE, f"v=DKIM1; k=rsa; p={key(1_024)}"),
        dkimpy_sees(1_024),
        {f"mail.dkim.key {GOOGLE}": "warn", **exact(GOOGLE)},
    ),
    "a DKIM key under test": (
        text(GOOGLE, f"v=DKIM1; t=y; p={key(2_048)}"),
        dig("t=y", GOOGLE, "TXT"),
        {f"mail.dkim.use {GOOGLE}": "warn", **exact(GOOGLE)},
    ),
    "a DKIM record that lost a part": (
        text(GOOGLE, f"v=DKIM1; k=rsa; {key(2_048)}"),
        dkimpy_sees(None),
        {
            f"mail.dkim.record {GOOGLE}": "fail",
            f"mail.dkim.key {GOOGLE}": "absent",
            f"mail.dkim.use {GOOGLE}": "absent",
            **exact(GOOGLE),
        },
    ),
    "a DKIM key that the mailer does not sign with": (
        text(RESEND, f"v=DKIM1; k=rsa; p={OTHER}"),
        dig(OTHER[40:100], RESEND, "TXT"),
        {"mail.message.dkim": "fail", **exact(RESEND)},
    ),
    "a mailer that SPF does not admit": (
        spf_elsewhere(SES, "v=spf1 ip4:198.51.100.0/25 -all"),
        pyspf_says("fail", "127.0.0.1", SEND),
        {"mail.message.spf": "fail"},
    ),
    "reports to somebody who did not agree": (
        text(DMARC, f"{POLICY},mailto:reports@{SES}"),
        both(dig(f"reports@{SES}", DMARC, "TXT"), dig("NXDOMAIN", f"{DOMAIN}._report._dmarc.{SES}", "TXT")),
        {"mail.dmarc.reports": "fail", **exact(DMARC)},
    ),
    "a DMARC record that does not answer": (
        elsewhere(DMARC, "TXT", rcode=dns.rcode.SERVFAIL),
        dig("SERVFAIL", DMARC, "TXT"),
        {
            "mail.dmarc.single": "unknown",
            "mail.message.dmarc": "unknown",
            f"dns.record.exact TXT {DMARC}": "unknown",
            "dns.record.ttl": "unknown",
            **GONE,
        },
    ),
    "two DMARC records": (
        text(DMARC, POLICY, "v=DMARC1; p=none"),
        dig("p=none", DMARC, "TXT"),
        {"mail.dmarc.single": "fail", "mail.message.dmarc": "fail", **GONE, **exact(DMARC)},
    ),
    "a milder policy than promised": (
        text(DMARC, POLICY.replace("p=quarantine", "p=none", 1)),
        dig("p=none", DMARC, "TXT"),
        {"mail.dmarc.policy": "fail", **exact(DMARC)},
    ),
    "a policy under test": (
        text(DMARC, POLICY.replace("; rua", "; t=y; rua")),
        dig("t=y", DMARC, "TXT"),
        {"mail.dmarc.policy": "fail", "mail.dmarc.rfc7489": "warn", **exact(DMARC)},
    ),
    "subdomains left open": (
        text(DMARC, POLICY.replace("sp=quarantine; np=quarantine", "sp=none")),
        dig("sp=none", DMARC, "TXT"),
        {"mail.dmarc.subdomains": "warn", **exact(DMARC)},
    ),
    "a tag that is no longer read": (
        text(DMARC, POLICY.replace("; rua", "; pct=100; rua")),
        dig("pct=100", DMARC, "TXT"),
        {"mail.dmarc.historic": "warn", **exact(DMARC)},
    ),
    "an MX host that is an alias": (
        elsewhere(MX, "CNAME", f"{SPF}."),
        dig("CNAME", MX, "A"),
        {f"mail.mx.alias {DOMAIN}": "fail", f"mail.mx.address {DOMAIN}": "fail"},
    ),
    "an MX host without an address": (
        elsewhere(MX, "A"),
        dig("ANSWER: 0", MX, "A"),
        {f"mail.mx.address {DOMAIN}": "fail"},
    ),
    "an address in place of an MX host": (
        lambda bench: bench.records("MX", DOMAIN, "192.0.2.193", priority=1),
        dig("192.0.2.193.", DOMAIN, "MX"),
        {f"mail.mx.address {DOMAIN}": "fail", **exact(DOMAIN, "MX")},
    ),
    "mail led to the web's edge": (
        lambda bench: bench.records("MX", DOMAIN, f"app.{DOMAIN}", priority=1),
        dig(f"app.{DOMAIN}.", DOMAIN, "MX"),
        {f"mail.mx.address {DOMAIN}": "fail", **exact(DOMAIN, "MX")},
    ),
    "an MTA-STS policy that omits an MX host": (
        mta_sts("version: STSv1\nmode: enforce\nmx: *.other.test\nmax_age: 1209600\n"),
        curl_sees("mx: *.other.test"),
        {**STS, "mail.mta_sts.mx": "fail"},
    ),
    "an MTA-STS policy that is not there": (
        mta_sts("nothing here", 404),
        curl_sees("404"),
        {"mail.mta_sts.record": "pass", "mail.mta_sts.policy": "fail"},
    ),
    "an MTA-STS policy under a certificate of nobody": (
        mta_sts(f"version: STSv1\nmode: enforce\nmx: {MX}\nmax_age: 1209600\n", trusted=False),
        curl_sees("certificate"),
        {"mail.mta_sts.record": "pass", "mail.mta_sts.policy": "fail"},
    ),
    "an MTA-STS policy that is kept for an hour": (
        mta_sts(f"version: STSv1\nmode: enforce\nmx: {MX}\nmax_age: 3600\n"),
        curl_sees("max_age: 3600"),
        {**STS, "mail.mta_sts.policy": "warn"},
    ),
    "TLS reports to nobody": (
        text(f"_smtp._tls.{DOMAIN}", "v=TLSRPTv1; rua=nobody"),
        dig("rua=nobody", f"_smtp._tls.{DOMAIN}", "TXT"),
        {"mail.tls_rpt.record": "fail"},
    ),
    "a logo by http": (
        text(f"default._bimi.{DOMAIN}", "v=BIMI1; l=http://acme.test/logo.svg"),
        dig("l=http://", f"default._bimi.{DOMAIN}", "TXT"),
        {"mail.bimi.record": "fail"},
    ),
    "DANE without DNSSEC": (
        elsewhere(f"_25._tcp.{MX}", "TLSA", f"3 1 1 {'ab' * 32}"),
        dig("3 1 1", f"_25._tcp.{MX}", "TLSA"),
        {"mail.dane.tlsa": "fail"},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_turns_exactly_the_findings_about_it(mutation: Callable[..., None], fault: str) -> None:
    mutation(*FAULTS[fault])
