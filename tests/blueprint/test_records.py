from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from blueprint.mail import txt_content
from blueprint.records import DnsRecord, records
from blueprint.spec import Spec, parse


def by_type(spec: Spec, type_: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record in records(spec, "127.100.0.1"):
        if record.type == type_:
            found.setdefault(record.name, []).append(record.content)
    return found


def test_every_name_the_edge_serves_is_proxied(config: dict[str, Any]) -> None:
    proxied = {record.name for record in records(parse(config), "127.100.0.1") if record.proxied}
    assert proxied == {"acme.test", "app.acme.test", "api.acme.test", "www.acme.test"}


def test_mail_is_admitted_signed_and_guarded(config: dict[str, Any]) -> None:
    texts = by_type(parse(config), "TXT")
    assert texts["acme.test"] == ['"v=spf1 include:_spf.google.com -all"']
    assert texts["send.acme.test"] == ['"v=spf1 include:amazonses.com -all"']
    assert texts["_dmarc.acme.test"] == [
        '"v=DMARC1; p=quarantine; sp=quarantine; np=quarantine; rua=mailto:dmarc@acme.test"'
    ]
    assert {"google._domainkey.acme.test", "resend._domainkey.acme.test"} <= set(texts)


def test_mail_servers_come_with_their_priority(config: dict[str, Any]) -> None:
    found = [record for record in records(parse(config), "127.100.0.1") if record.type == "MX"]
    assert (found[0].name, found[0].priority, found[0].content) == ("acme.test", 1, "smtp.google.com")


def test_no_cname_stands_beside_another_record_but_at_the_flattened_apex(shipped: Spec) -> None:
    promised = records(shipped, "127.100.0.1")
    aliases = {record.name for record in promised if record.type == "CNAME"} - {shipped.domain}
    assert all(record.type == "CNAME" for record in promised if record.name in aliases)


def test_records_have_keys_of_their_own(shipped: Spec) -> None:
    keys = [record.key for record in records(shipped, "127.100.0.1")]
    assert len(set(keys)) == len(keys)


def test_a_changed_text_keeps_its_key() -> None:
    assert DnsRecord("acme.test", "TXT", '"a"').key == DnsRecord("acme.test", "TXT", '"b"').key


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=1_000))
def test_a_long_text_is_split_into_quoted_chunks_that_join_to_the_same_text(text: str) -> None:
    chunks = re.findall(r'"((?:[^"\\]|\\.)*)"', txt_content(text))
    unescaped = [re.sub(r"\\(.)", r"\1", chunk) for chunk in chunks]
    assert "".join(unescaped) == text
    assert all(len(chunk) <= 255 for chunk in unescaped)
