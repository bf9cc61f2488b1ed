"""From the resource's inputs to DNS data."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.dns.records import RecordError, parse

NAME = {"name": "acme.test", "ttl": 1}


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"type": "TXT", "content": '"a b" "c"'}, '"a b" "c"'),
        (
            {
                "type": "NAPTR",
                "data": {
                    "order": 100.0,
                    "preference": 10.0,
                    "flags": "u",
                    "service": "E2U+sip",
                    "regex": "!^.*$!sip:a@b.test!",
                    "replacement": ".",
                },
            },
            '100 10 "u" "E2U+sip" "!^.*$!sip:a@b.test!" .',
        ),
        (
            {"type": "SMIMEA", "data": {"usage": 3.0, "selector": 0.0, "matchingType": 1.0, "certificate": "ab" * 32}},
            f"3 0 1 {'ab' * 32}",
        ),
        (
            {
                "type": "LOC",
                "data": {
                    "latDegrees": 51.0,
                    "latMinutes": 30.0,
                    "latSeconds": 12.748,
                    "latDirection": "N",
                    "longDegrees": 0.0,
                    "longMinutes": 7.0,
                    "longSeconds": 39.612,
                    "longDirection": "W",
                    "altitude": 0.0,
                    "size": 1.0,
                    "precisionHorz": 10_000.0,
                    "precisionVert": 10.0,
                },
            },
            "51 30 12.748 N 0 7 39.612 W 0.00m",
        ),
        ({"type": "TXT", "content": "a b; c"}, '"a b; c"'),
        ({"type": "TXT", "content": 'say "hi"'}, '"say \\"hi\\""'),
        ({"type": "TXT", "content": "x" * 256}, f'"{"x" * 255}" "x"'),
        (
            {"type": "CAA", "data": {"flags": 128.0, "tag": "iodef", "value": "mailto:a@b.c"}},
            '128 iodef "mailto:a@b.c"',
        ),
        (
            {"type": "TLSA", "data": {"usage": 3, "selector": 1, "matchingType": 1, "certificate": "ab" * 32}},
            "3 1 1 " + "ab" * 32,
        ),
        ({"type": "SSHFP", "data": {"algorithm": 4, "type": 2, "fingerprint": "ab" * 32}}, "4 2 " + "ab" * 32),
        (
            {"type": "DS", "data": {"keyTag": 1, "algorithm": 13, "digestType": 2, "digest": "ab" * 32}},
            "1 13 2 " + "ab" * 32,
        ),
        ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": 'alpn="h2"'}}, '1 . alpn="h2"'),
        ({"type": "URI", "priority": 10, "data": {"weight": 1, "target": "https://a.b"}}, '10 1 "https://a.b"'),
        ({"type": "mx", "content": "mail.example", "priority": 5.0}, "5 mail.example."),
    ],
)
def test_contents_become_records(inputs: dict[str, Any], text: str) -> None:
    assert parse(NAME | inputs).rdata.to_text() == text


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"type": "A", "content": "::1"}, "cannot be the content of a A record"),
        ({"type": "MX", "content": "mail.example"}, "needs 'priority'"),
        ({"type": "SRV", "data": {"priority": 1}}, "needs 'weight'"),
        ({"type": "TXT", "content": '"open'}, "cannot be the content of a TXT record"),
        ({"type": "NOSUCH", "content": "x"}, "NOSUCH"),
        ({"type": "A", "content": "203.0.113.1", "name": "a..b"}, "is not a domain name"),
        ({"type": "MX", "content": "mail.example", "priority": 1, "proxied": True}, "cannot be proxied"),
    ],
)
def test_what_is_no_record_is_named(inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        parse(NAME | inputs)


TYPES = st.sampled_from(
    ["A", "AAAA", "CNAME", "TXT", "MX", "CAA", "SRV", "NS", "HTTPS", "TLSA", "LOC", "TYPE65280", ""]
)


@given(TYPES, st.text(max_size=40), st.text(max_size=20))
def test_any_content_is_a_record_or_the_one_error(kind: str, content: str, name: str) -> None:
    for inputs in ({"content": content}, {"content": content, "priority": 1}):
        with contextlib.suppress(RecordError):
            parse({"name": name, "type": kind, "ttl": 1} | inputs)


@given(st.text(max_size=600))
def test_a_text_survives_its_journey(text: str) -> None:
    if not text.startswith('"'):
        assert b"".join(parse(NAME | {"type": "TXT", "content": text}).rdata.strings) == text.encode()  # type: ignore[attr-defined]
