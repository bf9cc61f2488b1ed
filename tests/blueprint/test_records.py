from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from blueprint.mail_authentication import txt_content
from blueprint.records import DnsRecord, mta_sts_policy, records
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


def mailed(config: dict[str, Any], **mail: Any) -> Spec:
    return parse(config | {"mail": config["mail"] | mail})


def test_microsofts_mail_server_is_named_after_the_domain(config: dict[str, Any]) -> None:
    dkim = {f"selector{n}": f"selector{n}-acme-test._domainkey.acme.onmicrosoft.com" for n in (1, 2)}
    spec = mailed(config, provider="microsoft-365", senders=[], dkim=dkim)
    assert by_type(spec, "MX")["acme.test"] == ["acme-test.mail.protection.outlook.com"]
    assert by_type(spec, "TXT")["acme.test"] == ['"v=spf1 include:spf.protection.outlook.com -all"']
    aliases = by_type(spec, "CNAME")
    assert aliases["selector1._domainkey.acme.test"] == ["selector1-acme-test._domainkey.acme.onmicrosoft.com"]
    assert aliases["autodiscover.acme.test"] == ["autodiscover.outlook.com"]


def test_a_mail_server_of_ones_own_replaces_the_providers(config: dict[str, Any]) -> None:
    assert by_type(mailed(config, mx="acme-test.mx.example"), "MX")["acme.test"] == ["acme-test.mx.example"]


def test_sendgrid_is_led_to_by_aliases_alone(config: dict[str, Any]) -> None:
    dkim = {**config["mail"]["dkim"], **{f"s{n}": f"s{n}.domainkey.u1.wl1.sendgrid.net" for n in (1, 2)}}
    spec = mailed(config, senders=["sendgrid"], dkim=dkim, bounces={"em1": "u1.wl1.sendgrid.net"})
    assert by_type(spec, "CNAME")["em1.acme.test"] == ["u1.wl1.sendgrid.net"]
    assert by_type(spec, "TXT")["acme.test"] == ['"v=spf1 include:_spf.google.com -all"']


def test_each_extra_is_one_record(config: dict[str, Any]) -> None:
    texts = by_type(mailed(config, tls_rpt="tls@acme.test", bimi="https://acme.test/logo.svg"), "TXT")
    assert texts["_smtp._tls.acme.test"] == ['"v=TLSRPTv1; rua=mailto:tls@acme.test"']
    assert texts["default._bimi.acme.test"] == ['"v=BIMI1; l=https://acme.test/logo.svg; a=;"']
    assert not {"_smtp._tls.acme.test", "default._bimi.acme.test"} & set(by_type(parse(config), "TXT"))


def test_mta_sts_names_every_mail_server_and_a_changed_policy_has_another_id(config: dict[str, Any]) -> None:
    spec = mailed(config, mta_sts="enforce")
    policy = mta_sts_policy(spec)
    assert policy == "version: STSv1\r\nmode: enforce\r\nmx: smtp.google.com\r\nmax_age: 1209600\r\n"
    (promised,) = by_type(spec, "TXT")["_mta-sts.acme.test"]
    assert re.fullmatch(r'"v=STSv1; id=[0-9a-f]{20};"', promised)
    assert by_type(mailed(config, mta_sts="testing"), "TXT")["_mta-sts.acme.test"] != [promised]
    assert by_type(spec, "AAAA")["mta-sts.acme.test"] == ["100::"]
    assert mta_sts_policy(parse(config)) == ""


def test_a_domain_without_mail_refuses_all_of_it(config: dict[str, Any]) -> None:
    dmarc = {"policy": "reject", "report": "dmarc@example.com"}
    config["mail"] = {"provider": "none", "dmarc": dmarc}
    elsewhere = {"sender": "support@example.com", "receiver": "team@example.com"}
    config["contact"]["email"] = config["alerts"]["email"] = "ada@example.com"
    spec = parse(config | {"support": config["support"] | elsewhere})
    assert by_type(spec, "MX") == {"acme.test": ["."]}
    assert by_type(spec, "TXT") == {
        "acme.test": ['"v=spf1 -all"'],
        "_dmarc.acme.test": ['"v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:dmarc@example.com"'],
        "*._domainkey.acme.test": ['"v=DKIM1; p="'],
    }


def test_other_domains_refuse_mail_and_report_to_the_launchs_own_address(config: dict[str, Any]) -> None:
    spec = parse(config | {"other_domains": ["acme.example"]})
    assert by_type(spec, "MX")["acme.example"] == ["."]
    texts = by_type(spec, "TXT")
    assert texts["acme.example"] == ['"v=spf1 -all"']
    assert texts["acme.example._report._dmarc.acme.test"] == ['"v=DMARC1"']
