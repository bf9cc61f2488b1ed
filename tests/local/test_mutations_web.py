"""One fault at a time in the stack's TLS and web: a foreign tool sees it, and exactly the findings about it turn."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.base import ports
from localcloud.base.ports import LOOPBACK, LOOPBACK6
from localcloud.base.world import Resource, World

pytestmark = pytest.mark.stack

DOMAIN, APP, API, WWW = HOSTS = ("acme.test", "app.acme.test", "api.acme.test", "www.acme.test")
PLACES = [f"{host} at {address}" for host in HOSTS for address in (LOOPBACK, LOOPBACK6)]
HEALTH = f"https://{API}/health"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
REDIRECTS, CACHE = "http_request_dynamic_redirect", "http_request_cache_settings"
HEADERS, KEY = "http_response_headers_transform", "http_request_late_transform"

Bench = Any  # of conftest, which cannot be imported
Fault = Callable[[Bench], AbstractContextManager[Bench]]
Seen = Callable[[Bench], bool]


@dataclass(frozen=True)
class Answer:
    """What the edge answered to a front, and what the front answers instead."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def without(self, *names: str) -> Answer:
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() not in names))

    def with_header(self, name: str, value: str) -> Answer:
        return replace(self, headers=(*self.without(name.lower()).headers, (name, value)))


Alter = Callable[[str, str, Answer], Answer]
Shown = Callable[[str], trustme.LeafCert | None]


# A front: a real TLS server before the edge, which answers for it and makes one mistake.


class Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Any, context: ssl.SSLContext) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._context = context
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError), self._context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, client_address)  # type: ignore[arg-type]


def forwarding(port: int, ca_file: str, add: Mapping[str, str], alter: Alter) -> type[BaseHTTPRequestHandler]:
    """Ask the server behind for the same host by TLS, and answer as `alter` wants it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host, length = self.headers["Host"], int(self.headers.get("Content-Length") or 0)
            kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            pool = urllib3.HTTPSConnectionPool(
                LOOPBACK, port, server_hostname=host, assert_hostname=host, ca_certs=ca_file, timeout=20
            )
            with pool.urlopen(
                self.command, self.path, self.rfile.read(length), {**kept, **add}, redirect=False, preload_content=False
            ) as found:
                behind = Answer(found.status, tuple(found.headers.items()), found.read(decode_content=False))
            self.answer(alter(host, self.path, behind.without("transfer-encoding", "content-length", "connection")))

        protocol_version = "HTTP/1.1"
        do_POST = do_GET  # noqa: N815 - the name that the base class looks for

        def answer(self, given: Answer) -> None:
            self.send_response_only(given.status)
            for name, value in (*given.headers, ("Content-Length", str(len(given.body))), ("Connection", "close")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@contextmanager
def front(
    bench: Bench,
    shown: Mapping[str, Shown] | None = None,
    alter: Alter = lambda _host, _path, answer: answer,
    door: str = "https",
    add: Mapping[str, str] | None = None,
    listening: tuple[str, ...] = (LOOPBACK, LOOPBACK6),
) -> Iterator[Bench]:
    """Stand before the edge at its addresses; `shown` gives another certificate to a host at one of them."""
    handler = forwarding(bench.ports[door], str(bench.reach.ca_file), add or {}, alter)
    port = ports.free_port()
    servers = [Front((address, port), handler, choosing(bench, (shown or {}).get(address))) for address in listening]
    threads = [threading.Thread(target=one.serve_forever, args=(0.02,)) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield bench.fronted(door, port)
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def choosing(bench: Bench, shown: Shown | None) -> ssl.SSLContext:
    """Return a server context that shows each name its certificate: the one that is given, else a good one."""
    usual = issued(bench, *HOSTS, days=60)

    def choose(connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
        leaf = (shown(name) if shown and name else None) or usual
        connection.context = context_of(leaf)

    found = context_of(usual)
    found.sni_callback = choose
    return found


def context_of(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # weak keys are a fault that is made here
    context.set_alpn_protocols(["h2", "http/1.1"])  # as the edge does; whoever asks in earnest here asks for the latter
    leaf.configure_cert(context)
    return context


def authority(bench: Bench) -> trustme.CA:
    folder = bench.home.path / "ca"
    return trustme.CA.from_pem((folder / "ca.pem").read_bytes(), (folder / "ca-key.pem").read_bytes())


def issued(bench: Bench, *names: str, days: float) -> trustme.LeafCert:
    """Return a certificate of the stack's authority for 90 days, of which some are left."""
    end = datetime.now(UTC) + timedelta(days=days)
    return authority(bench).issue_cert(*names, not_before=end - timedelta(days=90), not_after=end)


def weak(bench: Bench, name: str) -> trustme.LeafCert:
    """Return a certificate for a key of 1024 bits, which trustme does not make."""
    key, ca, now = rsa.generate_private_key(public_exponent=65_537, key_size=1024), authority(bench), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject, x509.Name([]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=80))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .sign(serialization.load_pem_private_key(ca.private_key_pem.bytes(), None), hashes.SHA256())  # type: ignore[arg-type]
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return trustme.LeafCert(key.private_bytes(*form), made.public_bytes(serialization.Encoding.PEM), [])


def certificate(make: Callable[[Bench], trustme.LeafCert], *addresses: str) -> Fault:
    """Have the app's host show another certificate at these addresses."""

    def fault(bench: Bench) -> AbstractContextManager[Bench]:
        leaf = make(bench)
        return front(bench, dict.fromkeys(addresses, lambda name: leaf if name == APP else None))

    return fault


def altered(host: str, path: str, change: Callable[[Answer], Answer]) -> Fault:
    """Change what the edge answers for one path of a host, "*" for all of them."""

    def alter(asked: str, target: str, answer: Answer) -> Answer:
        return change(answer) if asked == host and path in (target.partition("?")[0], "*") else answer

    return lambda bench: front(bench, alter=alter)


# Faults in the world


def setting(name: str, value: Any) -> Fault:
    return lambda bench: bench.changed(SETTING, {"value": value}, settingId=name)


def added(type_: str, **values: Any) -> Fault:
    """Make one more resource of a type in the zone."""

    def make(world: World) -> None:
        zone = world.resources(type_)[0].inputs["zoneId"]
        world.put(Resource(type_, "by-hand", "by-hand", {"zoneId": zone, **values}, {}))

    return lambda bench: bench.world(make)


def hsts(**values: Any) -> Fault:
    known = {"enabled": True, "max_age": 86_400, "include_subdomains": False, "preload": False, "nosniff": True}
    return setting("security_header", {"strict_transport_security": known | values})


def rules(phase: str, change: Callable[[list[dict[str, Any]]], object]) -> Fault:
    """Change the rules of a phase in place."""

    def make(world: World) -> None:
        made = next(one for one in world.resources(RULESET) if one.inputs["phase"] == phase)
        inputs = json.loads(json.dumps(made.inputs))
        change(inputs["rules"])
        world.put(replace(made, inputs=inputs))

    return lambda bench: bench.world(make)


def headers_of(found: list[dict[str, Any]]) -> Any:
    return found[0]["actionParameters"]["headers"]


def redirect(**values: Any) -> Fault:
    return rules(REDIRECTS, lambda found: found[0]["actionParameters"]["fromValue"].update(values))


def without_rule(phase: str, ref: str) -> Fault:
    return rules(phase, lambda found: found.remove(next(rule for rule in found if rule["ref"] == ref)))


def cached(expression: str) -> Fault:
    """Have the edge keep what an expression matches, as somebody at the console might."""
    parameters = {"cache": True, "edgeTtl": {"mode": "override_origin", "default": 7_200}}
    rule = {"action": "set_cache_settings", "enabled": True, "ref": "by_hand", "expression": expression}
    return rules(CACHE, lambda found: found.append({**rule, "actionParameters": parameters}))


def unguarded(bench: Bench) -> AbstractContextManager[Bench]:
    """Let the load balancer's address give everybody the key that only the edge should have."""
    with bench.opened() as world:
        made = next(one for one in world.resources(RULESET) if one.inputs["phase"] == KEY)
    [(name, change)] = made.inputs["rules"][0]["actionParameters"]["headers"].items()
    return front(bench, door="gateway", add={name: change["value"]})


# What other people's programs see


def asked(bench: Bench, *command: str, door: str = "https") -> str:
    """Return what curl gets, headers first, with each host found where the stack listens."""
    doors = ((80, "http"), (443, door))
    to = [part for port, name in doors for part in ("--connect-to", f":{port}:{LOOPBACK}:{bench.ports[name]}")]
    said: str = bench.tool("curl", "-sSi", "--http1.1", "--cacert", str(bench.reach.ca_file), *to, *command)
    return said


def curl(expected: str, *command: str, door: str = "https") -> Seen:
    """Return whether curl's output holds this text, whatever the case."""
    return lambda bench: expected.lower() in asked(bench, *command, door=door).lower()


def lacks(expected: str, *command: str, door: str = "https") -> Seen:
    """Return whether curl gets an answer without this text."""

    def seen(bench: Bench) -> bool:
        said = asked(bench, *command, door=door).lower()
        return said.startswith("http/1.1 ") and expected.lower() not in said

    return seen


def uncached_asset(bench: Bench) -> bool:
    """Return whether curl sees that an asset goes past the cache."""
    found = re.search(r'/assets/[^"]+', asked(bench, f"https://{DOMAIN}/"))
    return found is not None and "cf-cache-status: dynamic" in asked(bench, f"https://{DOMAIN}{found[0]}").lower()


def s_client(expected: str, *options: str) -> Seen:
    """Return whether `openssl s_client`, at the app's IPv6 address, prints this text."""

    def seen(bench: Bench) -> bool:
        to = f"[{LOOPBACK6}]:{bench.ports['https']}"
        names = ("-servername", APP, "-verify_hostname", APP, "-CAfile", str(bench.reach.ca_file))
        return expected in bench.tool("openssl", "s_client", "-connect", to, *names, *options)

    return seen


def ends_soon(bench: Bench) -> bool:
    """Return whether openssl says that the app's certificate ends within two weeks."""
    shown = bench.tool("openssl", "s_client", "-connect", f"{LOOPBACK}:{bench.ports['https']}", "-servername", APP)
    [ends] = re.findall(r"NotAfter: (.+?) GMT", shown)
    return datetime.strptime(f"{ends} +0000", "%b %d %H:%M:%S %Y %z") - datetime.now(UTC) < timedelta(14)


ONE = {"web.ipv6.answers": "unknown"}  # the pages at that address cannot be fetched then
AT_ONE_PLACE = ("tls.certificate.trusted", "tls.certificate.names", "tls.certificate.expiry", "tls.certificate.key",
                "tls.versions.old", "tls.versions.new", "tls.alpn.h2")  # fmt: skip
FAULTS: dict[str, tuple[Fault, Seen, dict[str, str]]] = {
    "one of two addresses with a wrong certificate": (
        certificate(lambda bench: issued(bench, "other.test", days=60), LOOPBACK6),
        s_client("hostname mismatch"),
        {f"tls.certificate.names {APP} at {LOOPBACK6}": "fail", **ONE},
    ),
    "ten days left": (
        certificate(lambda bench: issued(bench, APP, days=10), LOOPBACK, LOOPBACK6),
        ends_soon,
        {f"tls.certificate.expiry {APP} at {address}": "fail" for address in (LOOPBACK, LOOPBACK6)},
    ),
    "an expired certificate": (
        certificate(lambda bench: issued(bench, APP, days=-1), LOOPBACK6),
        s_client("certificate has expired"),
        {f"tls.certificate.expiry {APP} at {LOOPBACK6}": "fail", **ONE},
    ),
    "a certificate of an unknown authority": (
        certificate(lambda _bench: trustme.CA().issue_cert(APP), LOOPBACK6),
        s_client("unable to get local issuer certificate"),
        {f"tls.certificate.trusted {APP} at {LOOPBACK6}": "fail", **ONE},
    ),
    "a key of 1024 bits": (
        certificate(lambda bench: weak(bench, APP), LOOPBACK6),
        s_client("Server public key is 1024 bit", "-cipher", "DEFAULT:@SECLEVEL=0"),
        {f"tls.certificate.key {APP} at {LOOPBACK6}": "fail", **ONE},
    ),
    "nobody at one of two addresses, which is not called wrong": (
        lambda bench: front(bench, listening=(LOOPBACK,)),
        s_client("Connection refused"),
        {f"{one} {host} at {LOOPBACK6}": "unknown" for one in AT_ONE_PLACE for host in HOSTS}
        | {f"web.ipv6.answers {host}": "unknown" for host in HOSTS}
        | {f"uptime.health.ok {HEALTH} at {LOOPBACK6}": "unknown"},
    ),
    "TLS 1.0 on": (
        setting("min_tls_version", "1.0"),
        s_client("New, TLSv1", "-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"),
        {f"tls.versions.old {place}": "fail" for place in PLACES},
    ),
    "TLS 1.3 off": (
        setting("tls_1_3", "off"),
        s_client("alert protocol version", "-tls1_3"),
        {f"tls.versions.new {place}": "warn" for place in PLACES},
    ),
    "no HSTS on the first hop": (
        altered(WWW, "*", lambda answer: answer.without("strict-transport-security")),
        lacks("strict-transport-security", f"https://{WWW}/"),
        {f"tls.hsts.first_hop {WWW}": "fail"},
    ),
    "HSTS for less time than promised": (
        hsts(max_age=300),
        curl("max-age=300", f"https://{DOMAIN}/"),
        {f"tls.hsts.first_hop {host}": "fail" for host in HOSTS},
    ),
    "the preload list asked for without what it asks": (
        hsts(preload=True),
        curl("; preload", f"https://{DOMAIN}/"),
        {"tls.hsts.preload": "fail"},
    ),
    "HTTP/2 off": (
        added(SETTING, settingId="http2", value="off"),
        s_client("No ALPN negotiated", "-alpn", "h2"),
        {f"tls.alpn.h2 {place}": "warn" for place in PLACES},
    ),
    "HTTP/3 no longer announced": (
        setting("http3", "off"),
        lacks("alt-svc", f"https://{DOMAIN}/"),
        {f"tls.http3.announced {host}": "warn" for host in HOSTS},
    ),
    "http without https": (
        setting("always_use_https", "off"),
        curl("HTTP/1.1 200", f"http://{DOMAIN}/"),
        {f"web.redirect.https {host}": "fail" for host in HOSTS},
    ),
    "302 for 301": (
        redirect(statusCode=302),
        curl("HTTP/1.1 302", f"https://{WWW}/"),
        {"web.redirect.target": "fail"},
    ),
    "the path dropped": (
        redirect(targetUrl={"value": f"https://{DOMAIN}/"}),
        curl(f"location: https://{DOMAIN}/?c=d", f"https://{WWW}/a/b?c=d"),
        {"web.redirect.target": "fail", f"web.redirect.chain {WWW}": "fail"},
    ),
    "the query dropped": (
        redirect(preserveQueryString=False),
        lacks("?c=d", f"https://{WWW}/a/b?c=d"),
        {"web.redirect.target": "fail", f"web.redirect.chain {WWW}": "fail"},
    ),
    "a redirect to itself": (
        redirect(targetUrl={"expression": f'concat("https://{WWW}", http.request.uri.path)'}),
        curl("Maximum (5) redirects followed", "-L", "--max-redirs", "5", f"https://{WWW}/"),
        {"web.redirect.target": "fail", f"web.redirect.chain {WWW}": "fail"},
    ),
    "an asset that is never a HIT": (
        rules(CACHE, lambda found: found[0]["actionParameters"].update(cache=False)),
        uncached_asset,
        {"web.cache.hit": "fail"},
    ),
    "the API a HIT for whoever sends a cookie": (
        cached(f'(http.host eq "{API}" and http.cookie ne "")'),
        curl("cf-cache-status: HIT", "-H", "Cookie: a=b", HEALTH, HEALTH),
        {"web.cache.cookie": "fail"},
    ),
    "the API a HIT for everybody": (
        cached(f'(http.host eq "{API}")'),
        curl("cf-cache-status: HIT", HEALTH, HEALTH),
        {"web.cache.cookie": "fail", "web.cache.never": "fail"},
    ),
    "health 500": (
        altered(API, "/health", lambda answer: replace(answer, status=500)),
        curl("HTTP/1.1 500", HEALTH),
        {
            **{f"uptime.health.ok {HEALTH} at {address}": "fail" for address in (LOOPBACK, LOOPBACK6)},
            **dict.fromkeys(("web.cache.cookie", "web.cache.never"), "unknown"),  # of a failure nothing can be told
        },
    ),
    "a security header gone": (
        altered(APP, "*", lambda answer: answer.without("x-content-type-options")),
        lacks("x-content-type-options", f"https://{APP}/"),
        {f"web.headers.nosniff {APP}": "fail", f"web.headers.promised {APP}": "fail"},
    ),
    "a promised header changed by hand": (
        rules(HEADERS, lambda found: headers_of(found)["Permissions-Policy"].update(value="camera=*")),
        curl("camera=*", f"https://{DOMAIN}/"),
        {f"web.headers.promised {host}": "fail" for host in (DOMAIN, APP)},
    ),
    "the content policy gone": (
        without_rule(HEADERS, "policy"),
        lacks("content-security-policy", f"https://{APP}/"),
        {f"web.headers.csp {host}": "warn" for host in (DOMAIN, APP)},
    ),
    "a cookie in the clear": (
        altered(APP, "/", lambda answer: answer.with_header("Set-Cookie", "id=1; Path=/")),
        curl("set-cookie: id=1", f"https://{APP}/"),
        {f"web.cookies.flags {APP} id": "fail"},
    ),
    "the origin open around the edge": (
        unguarded,
        lacks("HTTP/1.1 403", "-d", "{}", f"https://{API}/webhooks/stripe", door="gateway"),
        {"web.origin.closed": "fail"},
    ),
    "security.txt expired": (
        altered(
            DOMAIN,
            "/.well-known/security.txt",
            lambda answer: replace(answer, body=b"Contact: mailto:a@acme.test\nExpires: 2020-01-01T00:00:00Z\n"),
        ),
        curl("Expires: 2020", f"https://{DOMAIN}/.well-known/security.txt"),
        {"web.security_txt": "fail"},
    ),
}


LESSER = (
    "a promised header changed by hand",
    "HTTP/2 off",
    "HTTP/3 no longer announced",
    "the API a HIT for everybody",
    "the content policy gone",
    "the preload list asked for without what it asks",
    "the query dropped",
)
"""Much like another one, so played in the long run only: each costs about a second."""


@pytest.mark.parametrize(
    "fault", [pytest.param(one, marks=pytest.mark.long) if one in LESSER else one for one in FAULTS]
)
def test_one_fault_turns_exactly_the_findings_about_it(mutation: Callable[..., None], fault: str) -> None:
    mutation(*FAULTS[fault])
