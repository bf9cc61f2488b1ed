from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from dns.rdatatype import RdataType
from dns.rrset import RRset
from pydantic import ValidationError

from blueprint import zone_lines
from blueprint.old_zone import Before, OldZone, load
from blueprint.zone_file import ZoneFileError, ZoneRecord, parse, record_sets

EXPORTED = """\ufeff; exported by the host before\r
$ORIGIN acme.test.
@ 3600 IN SOA ns1.old.example. host.old.example. 1 2 3 4 5
@ IN NS ns1.old.example.
@ 600 IN A 203.0.113.9
www CNAME @
legacy\tA\t203.0.113.7
blog 300 IN ALIAS acme.tumblr.example.
_sip._tls 600 IN SRV 10 5 443 sip.acme.test.
@ TXT "v=spf1 include:_spf." "example -all"
sub NS ns.other.example.
* A 203.0.113.8
elsewhere.example. A 203.0.113.1
@ RRSIG A 8 2 600 20300101000000 20200101000000 1 acme.test. AAAA
"""


def parsed(text: str) -> set[str]:
    return {str(record) for record in parse(text.encode(), "acme.test", "old.zone")}


def sets(text: str) -> Sequence[RRset]:
    return record_sets(text.encode(), "acme.test", "old.zone")


def test_a_zone_is_read_as_hosts_export_it_without_what_is_the_hosts_own() -> None:
    assert parsed(EXPORTED) == {
        "acme.test A 203.0.113.9",
        "www.acme.test CNAME acme.test",
        "legacy.acme.test A 203.0.113.7",
        "blog.acme.test CNAME acme.tumblr.example",
        "_sip._tls.acme.test SRV 10 5 443 sip.acme.test",
        "acme.test TXT v=spf1 include:_spf.example -all",
        "sub.acme.test NS ns.other.example",
        "*.acme.test A 203.0.113.8",
    }


CLOUDFLARE = f""";;
;; Domain:     acme.test.
;; SOA Record
acme.test\t3600\tIN\tSOA\tada.ns.cloudflare.com. dns.cloudflare.com. 1 10000 2400 604800 3600
;; NS Records
acme.test.\t86400\tIN\tNS\tada.ns.cloudflare.com.
;; CNAME Records
acme.test.\t1\tIN\tCNAME\tacme.pages.dev. ; cf_tags=cf-proxied:true
;; MX Records
acme.test.\t1\tIN\tMX\t10 mx.acme.example.
;; TXT Records
k._domainkey.acme.test.\t1\tIN\tTXT\t"{"a" * 400}"
www.acme.test\t1\tIN\tA\t203.0.113.9
"""


def test_cloudflares_own_export_is_read_with_an_alias_beside_mail_and_texts_in_one_piece() -> None:
    assert parsed(CLOUDFLARE) == {
        "acme.test CNAME acme.pages.dev",
        "acme.test MX 10 mx.acme.example",
        f"k._domainkey.acme.test TXT {'a' * 400}",
        "www.acme.test A 203.0.113.9",
    }


def test_an_alias_beside_other_records_is_no_record_set_of_the_dns() -> None:
    found = {(rrset.name.to_text(), RdataType(rrset.rdtype).name) for rrset in sets(CLOUDFLARE)}
    assert ("acme.test.", "MX") in found
    assert ("acme.test.", "CNAME") not in found


def test_a_text_is_cut_between_letters_and_escapes() -> None:
    text = "\\200" * 200 + "ü" * 100 + '\\"'
    pieces = zone_lines.corrected([f'x TXT "{text}"'], "acme.test")[0].removeprefix('x TXT "').removesuffix('"')
    assert pieces.replace('" "', "") == text
    assert len(parsed(f'x TXT "{text}"')) == 1


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ("shop 1h ALIAS shops.example.", "shop.acme.test CNAME shops.example"),
        ("shop IN 300 ANAME shops", "shop.acme.test CNAME shops.acme.test"),
        ("shop 1w2d IN ALIAS @", "shop.acme.test CNAME acme.test"),
        ("$GENERATE 1-1 host$ A 203.0.113.$", "host1.acme.test A 203.0.113.1"),
        ('(\n mail\n) TXT ( "a"\n "b" ) ; c', ""),
        ("w2 IN 1d A 203.0.113.2", "w2.acme.test A 203.0.113.2"),
    ],
)
def test_it_is_read_in_the_shapes_that_hosts_write(line: str, record: str) -> None:
    if record:
        assert parsed(line) == {record}
        assert parse(f"{line}\r\n".encode("utf-16"), "acme.test", "old.zone")


def test_a_type_that_nobody_asks_for_is_left_out_and_any_other_can_be_dropped() -> None:
    assert parsed('@ SPF "v=spf1 -all"\nx HINFO "a" "b"\n') == {'x.acme.test HINFO "a" "b"'}
    assert OldZone.model_validate({"dropped": ["x HINFO", "@ SPF", "y TYPE65534"]}).dropped


@pytest.mark.parametrize("text", ["", "; nothing is to be kept\n", "$TTL 300\n"])
def test_an_empty_zone_file_says_that_there_is_nothing(text: str) -> None:
    assert parsed(text) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("www A 203.0.113.9\nfoo bar baz\n", "near line 2: unknown rdatatype 'bar'"),
        ("@ A 300.1.1.1\n", "malformed"),
        ("$INCLUDE /etc/passwd\n", "'$INCLUDE' is not allowed"),
        ("$ORIGIN other.example.\n@ A 203.0.113.9\n", "has no record of acme.test"),
        ("w CNAME a.\nx A 203.0.113.9\nw CNAME b.\n", "near line 4: w.acme.test has two CNAME records"),
        ("w DNAME a.\nW.acme.test. DNAME b.\n", "has two DNAME records"),
    ],
)
def test_what_is_no_zone_file_of_the_domain_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ZoneFileError, match=r"old\.zone") as refusal:
        parsed(text)
    assert said in str(refusal.value)


def test_an_alias_that_is_written_twice_is_one() -> None:
    assert parsed("w CNAME a.\nW 60 IN CNAME A.\nx A 203.0.113.8\nx A 203.0.113.9\n") == {
        *("w.acme.test CNAME A", "x.acme.test A 203.0.113.8", "x.acme.test A 203.0.113.9"),
    }


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ZoneFileError, match="is not a text file"):
        parse(b"\xff\xfe\x00", "acme.test", "old.zone")


def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ZoneFileError, match="export the zone where it is served now"):
        load(OldZone(file="old.zone"), "acme.test", tmp_path)
    (tmp_path / "old.zone").write_text("www A 203.0.113.9\n")
    found = load(OldZone(file="old.zone"), "acme.test", tmp_path)
    assert found.records == (ZoneRecord("www.acme.test", "A", "203.0.113.9"),)
    assert load(OldZone(), "acme.test", tmp_path).records is None


@pytest.mark.parametrize(
    ("entry", "dropped"),
    [
        ("legacy", True),
        ("legacy.acme.test.", True),
        ("legacy TXT", True),
        ("legacy txt old-", True),
        ('legacy TXT "old-', True),
        ("legacy A", False),
        ("legacy TXT new-", False),
        ("acme.test", False),
        ("@", False),
        ("egacy", False),
        ("*", False),
    ],
)
def test_a_record_is_dropped_by_its_name_its_type_and_its_contents_beginning(entry: str, dropped: bool) -> None:
    record = ZoneRecord("legacy.acme.test", "TXT", "old-host=1")
    assert Before("acme.test", OldZone(dropped=(entry,)).dropped).drops(record) is dropped


def test_the_apex_and_the_wildcard_are_dropped_by_their_signs() -> None:
    before = Before("acme.test", ("@ TXT", "*"))
    assert before.drops(ZoneRecord("acme.test", "TXT", "x"))
    assert before.drops(ZoneRecord("*.acme.test", "A", "203.0.113.9"))
    assert not before.drops(ZoneRecord("acme.test", "A", "203.0.113.9"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dropped": ["legacy SVR"]}, "Did you mean SRV"),
        ({"dropped": [""]}, "does not begin with a name"),
        ({"dropped": ["old host"]}, "is not a type"),
        ({"file": "/etc/old.zone"}, "has to lie in the project's folder"),
        ({"file": "../old.zone"}, "has to lie in the project's folder"),
        ({"drop": []}, "drop"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        OldZone.model_validate(given)
