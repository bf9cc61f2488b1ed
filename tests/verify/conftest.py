"""Real servers on loopback that a verification is pointed at."""

from __future__ import annotations

import importlib
import socket
import ssl
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import trustme

from verify.answers.dns import Answer, Outcome, Question

Answers = dict[str, tuple[int, dict[str, str], str]]
Records = dict[tuple[dns.name.Name, int], dns.rrset.RRset]
Adjust = Callable[[ssl.SSLContext], None]


@contextmanager
def running(server: ThreadingHTTPServer | ThreadingUDPServer) -> Iterator[tuple[str, int]]:
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield ("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def records_of(text: str) -> Records:
    """The record sets of a text with one record a line, `name. ttl IN type data`, of as many zones as it likes."""
    records: Records = {}
    for line in filter(None, text.splitlines()):
        name, ttl, class_, type_, data = line.split(None, 4)
        one = dns.rrset.from_text(name, int(ttl), class_, type_, data)
        records.setdefault((one.name, one.rdtype), one).union_update(one)
    return records


def dns_handler(
    records: Records, broken: set[str], heard: Counter[tuple[str, str]], lose: int, authority: bool
) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            packet, sock = self.request
            query = dns.message.from_wire(packet)
            question = query.question[0]
            heard[str(question.name).rstrip("."), dns.rdatatype.to_text(question.rdtype)] += 1
            if heard.total() <= lose:
                return
            response = dns.message.make_response(query)
            response.flags |= dns.flags.AA if authority else 0
            name = question.name.canonicalize()
            if str(question.name).rstrip(".") in broken:
                response.set_rcode(dns.rcode.SERVFAIL)
            elif all(owner != name for owner, _ in records):
                response.set_rcode(dns.rcode.NXDOMAIN)
            elif found := records.get((name, question.rdtype)):
                response.answer.append(found)
            elif alias := records.get((name, dns.rdatatype.CNAME)):
                response.answer += [alias, *filter(None, [records.get((alias[0].target, question.rdtype))])]
            sock.sendto(response.to_wire(), self.client_address)

    return Handler


@pytest.fixture
def nameserver() -> Iterator[Callable[..., tuple[str, int]]]:
    """A nameserver for the records of a text, one a line.

    Names in `broken` answer SERVFAIL; the first `lose` questions get lost; `heard` counts the questions; answers have
    authority unless said.
    """
    with ExitStack() as stack:

        def start(
            text: str,
            broken: set[str] | None = None,
            heard: Counter[tuple[str, str]] | None = None,
            lose: int = 0,
            authority: bool = True,
        ) -> tuple[str, int]:
            records = records_of(text)
            counted = Counter() if heard is None else heard
            server = ThreadingUDPServer(
                ("127.0.0.1", 0), dns_handler(records, broken or set(), counted, lose, authority)
            )
            return stack.enter_context(running(server))

        yield start


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """A nameserver that never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()


class Asking:
    """Answers mail walks from a table of (name, type) to data; names in `broken` fail. Keeps what each round asked."""

    def __init__(self, zone: Mapping[tuple[str, str], tuple[str, ...]], broken: Iterable[str] = ()) -> None:
        self.zone, self.broken = zone, set(broken)
        self.rounds: list[list[Question]] = []

    async def __call__(self, questions: Iterable[Question]) -> Mapping[Question, Answer]:
        self.rounds.append(list(questions))
        return {question: self.answer(question) for question in self.rounds[-1]}

    def answer(self, question: Question) -> Answer:
        if question.name in self.broken:
            return Answer(question, Outcome.FAILED, detail="timed out")
        data = tuple(self.zone.get((question.name, question.type), ()))
        if data:
            return Answer(question, Outcome.ANSWER, data)
        there = any(name == question.name for name, _ in self.zone)
        return Answer(question, Outcome.NODATA if there else Outcome.NXDOMAIN)


@pytest.fixture(scope="session")
def pyspf() -> Any:
    """The SPF library pyspf, an oracle; compiling it warns of its escape sequences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("spf")


@pytest.fixture(scope="session")
def asking() -> type[Asking]:
    """How mail walks ask, answered from a table."""
    return Asking


def web_handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = f"{self.headers['Host']}{self.path.partition('?')[0]}"
            status, headers, body = answers.get(key, (404, {}, "nothing here"))
            raw = body.encode()
            self.send_response(status)
            for name, value in headers.items():
                for line in value.split("\n"):
                    self.send_header(name, line)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - the name that the base class looks for

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def website() -> Iterator[Callable[..., tuple[str, int]]]:
    """A web server for the given answers by host and path; a header's lines are sent as headers of their own.

    With a `certificate` it speaks TLS, as `adjust` sets it up.
    """
    with ExitStack() as stack:

        def start(
            answers: Answers, certificate: trustme.LeafCert | None = None, adjust: Adjust = lambda _context: None
        ) -> tuple[str, int]:
            server = ThreadingHTTPServer(("127.0.0.1", 0), web_handler(answers))
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                adjust(context)
                certificate.configure_cert(context)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            return stack.enter_context(running(server))

        yield start


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def certificate(authority: trustme.CA) -> Callable[..., trustme.LeafCert]:
    """A certificate for the host that ends in the given number of days."""

    def issue(host: str, days: int = 60) -> trustme.LeafCert:
        return authority.issue_cert(host, not_after=datetime.now(UTC) + timedelta(days=days))

    return issue
