from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from verify.judge.spf import LOOKUPS, VOIDS
from verify.mail.spf_check import Result, check_host
from verify.mail.spf_macros import Mail, dotted, expand, known
from verify.mail.spf_tree import walk

Zone = Mapping[tuple[str, str], tuple[str, ...]]

# The example of RFC 7208 section 7.4, by its values.
EXAMPLE = Mail(ipaddress.ip_address("192.0.2.3"), "strong-bad@email.example.com", "mx.example.org", "email.example.com")
EXAMPLE6 = Mail(
    ipaddress.ip_address("2001:db8::cb01"), *("strong-bad@email.example.com", "h.test", "email.example.com")
)
EXPANSIONS = {
    "%{s}": "strong-bad@email.example.com", "%{o}": "email.example.com", "%{d4}": "email.example.com",
    "%{d3}": "email.example.com", "%{d2}": "example.com", "%{d1}": "com", "%{dr}": "com.example.email",
    "%{d2r}": "example.email",
    "%{l}": "strong-bad", "%{l-}": "strong.bad", "%{lr}": "strong-bad", "%{lr-}": "bad.strong",
    "%{l1r-}": "strong", "%{ir}.%{v}._spf.%{d2}": "3.2.0.192.in-addr._spf.example.com",
    "%{lr-}.lp._spf.%{d2}": "bad.strong.lp._spf.example.com",
    "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}": "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
    "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}": "3.2.0.192.in-addr.strong.lp._spf.example.com",
    "%{d2}.trusted-domains.example.net": "example.com.trusted-domains.example.net",
    "%%%_%-": "% %20", "%{S}": "strong-bad%40email.example.com",
}  # fmt: skip


@pytest.mark.parametrize("spec", EXPANSIONS)
def test_macros_expand_as_in_the_examples_of_the_standard(spec: str) -> None:
    assert expand(spec, EXAMPLE) == EXPANSIONS[spec]


def test_an_ipv6_address_expands_to_nibbles() -> None:
    nibbles = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
    assert expand("%{ir}.%{v}._spf.%{d2}", EXAMPLE6) == f"{nibbles}.ip6._spf.example.com"
    assert dotted(EXAMPLE6.ip)[::-1] == nibbles


MAPPED = ipaddress.ip_address("::ffff:192.0.2.1")


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", Result.PASS),
        ("v=spf1 ip6:::ffff:192.0.2.1 -all", Result.FAIL),
        ("v=spf1 ip6:::/0 -all", Result.FAIL),
        ("v=spf1 a:host.test -all", Result.PASS),
        ("v=spf1 mx:host.test -all", Result.PASS),
        ("v=spf1 ptr:host.test -all", Result.PASS),
        ("v=spf1 exists:%{ir}.%{v}.list.test -all", Result.PASS),
    ],
)
def test_an_ipv4_address_mapped_into_ipv6_is_that_of_an_ipv4_client(asking: Any, record: str, result: Result) -> None:
    zone = {
        ("acme.test", "TXT"): (record,),
        ("host.test", "A"): ("192.0.2.1",),
        ("host.test", "AAAA"): ("2001:db8::1",),
        ("host.test", "MX"): ("1 host.test",),
        ("1.2.0.192.in-addr.arpa", "PTR"): ("host.test",),
        ("1.2.0.192.in-addr.list.test", "A"): ("127.0.0.2",),
    }
    found, _ = asyncio.run(check_host(Mail(MAPPED, "a@acme.test", "h.test", "acme.test"), asking(zone)))
    assert found is result


def test_a_long_expansion_loses_labels_from_the_left() -> None:
    name = expand(f"{'a' * 60}." * 4 + "%{d}", EXAMPLE)
    assert len(name) <= 253
    assert name.endswith(".email.example.com")


@pytest.mark.parametrize(("spec", "name"), [("x.test", "x.test"), ("x.%{d2}", "x.acme.test"), ("%{i}.test", None)])
def test_only_a_macro_of_the_domain_is_known_without_a_mail(spec: str, name: str | None) -> None:
    assert known(spec, "a.acme.test") == name


@pytest.mark.parametrize("way", ["include:spf.test", "redirect=SPF.test"])
def test_the_domain_of_a_macro_is_the_one_that_is_checked_at_that_point(asking: Any, way: str) -> None:
    """RFC 7208 sections 5.2, 6.1 and 7.2; mailauth 4.13.3 has the sender's (findings/mailauth_spf_domain_macro.sh)."""
    zone = {
        ("n0.test", "TXT"): (f"v=spf1 {way}",),
        ("spf.test", "TXT"): ("v=spf1 exists:%{i}._ip.%{d} -all",),
        ("192.0.2.7._ip.spf.test", "A"): ("127.0.0.2",),
    }
    assert verdict(asking, zone) is Result.PASS


def verdict(asking: Any, zone: Zone, ip: str = "192.0.2.7", broken: tuple[str, ...] = ()) -> Result:
    mail = Mail(ipaddress.ip_address(ip), "ada@n0.test", "mail.test", "n0.test")
    return asyncio.run(check_host(mail, asking(zone, broken)))[0]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", Result.PASS),
        ("v=spf1 ip4:192.0.2.0/30 ~all", Result.SOFTFAIL),
        ("v=spf1 -all", Result.FAIL),
        ("v=spf1", Result.NEUTRAL),
        ("v=spf1 include:nowhere.test -all", Result.PERMERROR),
        ("v=spf1 moo", Result.PERMERROR),
        ("v=spf1 a:dark.test -all", Result.TEMPERROR),
        ("no record", Result.NONE),
    ],
)
def test_a_client_is_judged_by_the_record(asking: Any, text: str, result: Result) -> None:
    assert verdict(asking, {("n0.test", "TXT"): (text,)}, broken=("dark.test",)) is result


NAMES, HOSTS = ("n0.test", "n1.test", "n2.test", "n3.test"), ("h0.test", "h1.test", "h2.test", "void.test")
FORMS = (
    *("a", "mx", "ip4:192.0.2.0/26", "ip6:2001:db8::/48", "ptr:test", "exists:%{i}.h0.test"),
    *(form.format(host) for host in HOSTS for form in ("a:{}", "mx:{}/24", "a:{}/24//32", "exists:{}")),
)
CLIENTS = ("192.0.2.1", "192.0.2.77", "198.51.100.3", "2001:db8::1", "2001:db8:1::5")


def zone_of(seed: int) -> Zone:
    """A few domains whose records include each other, and hosts with some addresses, drawn by chance."""
    draw = Random(seed)

    def some(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(draw.sample(values, draw.randint(0, 2)))

    zone: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in NAMES:
        others = [other for other in (*NAMES, "none.test") if other != name]
        forms = [*FORMS, *(f"include:{other}" for other in others * 3)]
        terms = [draw.choice(("", *"+-~?")) + draw.choice(forms) for _ in range(draw.randint(0, 4))]
        ending = draw.choice(("", "", *(f"{qualifier}all" for qualifier in "+-~?"), f"redirect={draw.choice(others)}"))
        zone[name, "TXT"] = (" ".join(["v=spf1", *terms, ending]).strip(),)
    for host in (*HOSTS[:3], *NAMES[:2]):
        zone[host, "A"], zone[host, "AAAA"] = some(CLIENTS[:3]), some(CLIENTS[3:])
        zone[host, "MX"] = tuple(f"10 {each}" for each in some(HOSTS))
    for client in CLIENTS:
        zone[ipaddress.ip_address(client).reverse_pointer, "PTR"] = some(HOSTS)
    return {question: data for question, data in zone.items() if data}


ZONES = st.integers(0, 2**32).map(zone_of)


@pytest.fixture
def oracle(pyspf: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Zone, str], tuple[str, str]]:
    """What pyspf says of a client, and why."""

    def says(zone: Zone, ip: str) -> tuple[str, str]:
        def look_up(name: str, type_: str, *_args: Any, **_options: Any) -> list[Any]:
            data = zone.get((name.lower().rstrip("."), type_), ())
            forms = {"MX": lambda line: (int(line.split()[0]), line.split()[1]), "TXT": lambda text: (text.encode(),)}
            return [((name, type_), forms.get(type_, str)(each)) for each in data]

        monkeypatch.setattr(pyspf, "DNSLookup", look_up)
        result, _, why = pyspf.query(ip, "ada@n0.test", "mail.test").check()
        return result, why

    return says


EXAMPLES = [150, pytest.param(2_000, marks=pytest.mark.long)]


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_client_is_judged_as_pyspf_judges_it(
    asking: Any, oracle: Callable[[Zone, str], tuple[str, str]], examples: int
) -> None:
    # pyspf looks ahead: it asks for the addresses of every MX host and counts a redirect before it is needed, so it
    # may be over a limit of section 4.6.4 where nothing more had to be asked.
    @given(ZONES, st.sampled_from(CLIENTS))
    @settings(max_examples=examples, deadline=None)
    def compare(zone: Zone, client: str) -> None:
        result, why = oracle(zone, client)
        assume(not ("limit" in why or "Too many" in why) or verdict(asking, zone, client) is Result.PERMERROR)
        assert verdict(asking, zone, client) == result

    compare()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_what_the_lint_passes_is_no_permanent_error_to_pyspf_whoever_the_client_is(
    asking: Any, oracle: Callable[[Zone, str], tuple[str, str]], examples: int
) -> None:
    # But for the reverse lookups of ptr, which find nothing or something for each client.
    @given(ZONES)
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    def compare(zone: Zone) -> None:
        tree = asyncio.run(walk("n0.test", asking(zone)))
        bad = [*tree.broken, *tree.malformed, *tree.loops, *tree.reverse]
        assume(not bad and tree.lookups <= LOOKUPS and max(len(tree.voids4), len(tree.voids6)) <= VOIDS)
        assume(not tree.hidden)
        assert {oracle(zone, client)[0] for client in CLIENTS}.isdisjoint({"permerror", "temperror"})

    compare()
