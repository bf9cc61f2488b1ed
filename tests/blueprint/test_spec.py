from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint import yaml_mappings
from blueprint.spec import Spec, SpecError, content_of, load, parse

KEY = (
    "v=DKIM1; p="
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkRR9GzRDl2QaocH5GdfN6iqImiTgGetjP6GQojngMDoz/GBPHEwEpHz9Z"
    "N6gnMg35zodwZgQ8pXG8wHo0gV3s/er39n4XsJlecbP/ZEXqgUkINcJc+iU1SN8p/VegIL4p+UE3nj2Aw1/bkluM9PiBoayk"
    "YmSTnbhHx4ux1kSNpQIDAQAB"
)
SIGNED = dict.fromkeys(("google", "s1", "s2"), KEY)
NO_MAIL = {"provider": "none", "senders": [], "dkim": {}, "dmarc": {"policy": "reject", "report": "a@example.com"}}


def problems(config: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        parse(config)
    return caught.value.problems


def test_the_shipped_stack_files_parse(shipped: Spec) -> None:
    assert shipped.api_host.endswith(shipped.domain)


def test_every_mistake_is_named_with_its_path_and_all_at_once(config: dict[str, Any]) -> None:
    config["domain"] = "not a host"
    config["google"]["regoin"] = config["google"].pop("region")
    config["mail"]["dmarc"]["policy"] = "block"
    found = problems(config)
    assert [problem.split()[0].rstrip(":") for problem in found] == [
        "spec.domain",
        "spec.google.region",
        "spec.google.regoin",
        "spec.mail.dmarc.policy",
    ]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("domain", "https://acme.test", '"https://acme.test" is not a host name: lower case, without https:// and'),
        ("google.region", "Belgium", '"Belgium" is not a Google Cloud region, such as europe-west1'),
        ("google.project", "Acme", "6 to 30 lower-case letters, digits and dashes, a letter first, such as acme-prod"),
        ("google.billing_account", "123", "such as 012345-6789AB-CDEF01"),
        ("google.organization", 123, 'must be text; put it in quotes, such as "123"'),
        ("google.mode", "adopt", "must be 'create' or 'existing', not \"adopt\""),
        ("cloudflare.hsts_max_age", 1, "must be at least 300, not 1"),
        ("contact", "Ada", "must hold names and values, one `name: value` a line"),
        (
            "contact.email",
            "Ada <ada@acme.test>",
            "is not an e-mail address alone, without a name, such as ada@acme.com",
        ),
        ("mail.dkim.google", "p=AAAA", 'such as "v=DKIM1; k=rsa; p=MIIB…"'),
        ("mail.dkim.google", "A" * 61, "this text is not a DKIM key"),
        ("redirects", "www.acme.test", "must be a list, such as [first, second]"),
        ("services.max_instances", "3", "must be a whole number such as 15, without quotes"),
        ("alerts.error_percent", 0, "must be above 0, not 0"),
        ("alerts.error_percent", "two", "must be a number such as 2.5, without quotes"),
        ("protect", "no", "must be true or false, without quotes"),
        ("web.host", None, "is empty; give it a value, as in Pulumi.local.yaml"),
        ("web.hots", "x", "is not known here; check its spelling and its indentation, or drop it"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence_with_a_right_one(
    config: dict[str, Any], path: str, value: Any, sentence: str
) -> None:
    *parents, last = path.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    (problem,) = problems(config)
    assert problem.startswith(f"spec.{path}")
    assert sentence in problem
    assert not re.search(r"\(\?|\[a-z|Input should|pattern", problem)


def test_a_file_that_is_no_yaml_is_told_with_the_line(tmp_path: Path) -> None:
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text("config:\n  launch:spec:\n    domain: acme.test: 3\n")
    with pytest.raises(SpecError, match=r"^Pulumi\.prod\.yaml, line 3, column 22: mapping values are not allowed here"):
        load(stack_file)


def test_a_key_that_comes_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text("config:\n  launch:spec:\n    domain: a.test\n    api: x\n    domain: b.test\n")
    with pytest.raises(
        SpecError, match=r"^Pulumi\.prod\.yaml, line 5, column 5: domain is there twice, first in line 3"
    ):
        load(stack_file)


def test_yaml_may_still_name_and_merge_its_parts(tmp_path: Path) -> None:
    assert yaml_mappings.load("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: *a\n") == {
        "a": {"x": 1},
        "b": {"x": 2},
        "c": {"x": 1},
    }


def test_a_key_that_is_merged_may_be_written_over_wherever_it_is_merged_again() -> None:
    text = "a: &a {x: 1, y: 1}\nz:\n  q:\n    deep: &b\n      <<: *a\n      x: 2\ny:\n  <<: *b\n"
    assert yaml_mappings.load(text)["y"] == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("payments: {grace_days: 010}", r", line 3, column \d+: 010 is the number 8 for YAML; write 10 without zeros"),
        ("payments: {grace_days: 1:30}", "spec.payments.grace_days must be a whole number such as 15"),
        ("api: true", "spec.api must be text; put it in quotes"),
        ("api: 1e3", "spec.api must be text; put it in quotes"),
        ("protect: yes", "spec.protect must be true or false"),
        ("contact: {name: 2026-01-01, email: a@acme.test}", r", line 3, column \d+: 2026-01-01 is a date for the"),
        ("services: {env: {intake: {SINCE: 2026-1-2}}}", r', line 3, column \d+: 2026-1-2 .* in quotes: "2026-1-2"$'),
        ("web: *nobody", "line 3, column 10: found undefined alias 'nobody'; mind"),
        ("api: x\n---\na: 1", "line 4, column 1: another document begins with ---"),
        ("mail: {bounces: {1e3: sendgrid.net}}", r', line 3, column \d+: "1e3" is no text .* put it in quotes$'),
        ("api: x\t# ours", "line 3, column 11: a tab stands where only blanks may; write blanks"),
        ('api: "a\\/b"', "line 3, column 13: .* '/'; between double quotes a backslash changes what follows"),
        ("api: x\x1b[0m", r"^Pulumi\.prod\.yaml, line 3: there is the control character U\+001B"),
    ],
)
def test_what_yaml_or_the_engine_reads_otherwise_than_people_is_told(tmp_path: Path, line: str, words: str) -> None:
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text(f"config:\n  launch:spec:\n    {line}\n")
    with pytest.raises(SpecError, match=words):
        load(stack_file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("domain: a.test\ndomain: b.test\n", r"answers\.yaml, line 2, column 1: domain is there twice"),
        ("a: {b: 0777}\n", "0777 is the number 511 for YAML"),
        (None, r"answers\.yaml cannot be read: Is a directory"),
    ],
)
def test_a_file_of_answers_is_read_as_strictly_as_a_stacks_file(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "answers.yaml"
    if text is None:
        file.mkdir()
    else:
        file.write_text(text)
    with pytest.raises(SpecError, match=words):
        content_of(file)


def test_a_redirect_to_itself_is_refused_with_the_cure(config: dict[str, Any]) -> None:
    config["redirects"][0]["target"] = "https://www.acme.test"
    assert problems(config) == (
        "spec.redirects.0: www.acme.test redirects to itself and would loop; set target to the canonical host",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"api": "app"}, "app.acme.test is named twice by api, web.names and mta_sts"),
        ({"redirects": [{"source": "app.acme.test", "target": "https://acme.test"}]}, "served and redirected at once"),
        ({"redirects": [{"source": "old.example", "target": "https://acme.test"}]}, "lies outside acme.test"),
        (
            {"redirects": [{"source": "old.shop.acme.test", "target": "https://acme.test"}]},
            "certificate reaches: browsers would refuse it. Did you mean old-shop.acme.test?",
        ),
        ({"redirects": [{"source": "www.acme.test", "target": "https://acme.test"}] * 2}, "is redirected twice"),
        ({"services": {"min_instances": 5, "max_instances": 2}}, "above max_instances"),
        ({"state": {"bucket": "acme-state"}}, "its state has to be older than; name a project that is there"),
        ({"state": {"bucket": "my-google-bucket", "project": "acme-seed"}}, "is not the name of a bucket"),
        ({"other_domains": ["acme.test"]}, "other_domains: acme.test is a zone of this launch already"),
        ({"other_domains": ["shop.acme.test"]}, "shop.acme.test is a zone of this launch already, or lies in one"),
        ({"moved_pages": [{"source": "old.example/a", "target": "https://acme.test/"}]}, "does not serve the web app"),
        (
            {"moved_pages": [{"source": "acme.test/a", "target": f"https://acme.test/{n}"} for n in range(2)]},
            "acme.test/a has moved twice",
        ),
        ({"moved_pages": [{"source": "acme.test/a", "target": "https://acme.test/a"}]}, "redirects to itself"),
    ],
)
def test_names_and_numbers_that_contradict_each_other_are_refused(
    config: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    assert any(words in problem for problem in problems(config | change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"provider": "pigeons"}, '"pigeons" is an unknown provider'),
        ({"provider": "resend", "senders": []}, "only sends mail"),
        ({"dkim": {"google": KEY}}, "no key for selector resend"),
        ({"senders": ["sendgrid"], "dkim": SIGNED}, "bounces has no subdomain that leads to sendgrid"),
        ({"spf_includes": [f"spf{n}.example" for n in range(7)]}, "would cost receivers 11 lookups"),
        ({"dmarc": {"policy": "none", "report": "a@acme.test"}, "bimi": "https://acme.test/a.svg"}, "bimi needs dmarc"),
        ({"provider": "none"}, "nobody sends mail; drop senders, dkim"),
        ({"senders": ["none"]}, "provider none says that nobody sends mail"),
        ({"provider": "none", "senders": [], "dkim": {}}, "set dmarc.policy to reject"),
        ({**NO_MAIL, "tls_rpt": "a@acme.test"}, "drop mta_sts, tls_rpt"),
        (NO_MAIL, "support.sender support@acme.test cannot send"),
    ],
)
def test_mail_that_cannot_work_is_refused(config: dict[str, Any], change: dict[str, Any], words: str) -> None:
    config["mail"] |= change
    assert any(words in problem for problem in problems(config))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"helpdesk": "zendesk", "zendesk": None}, "helpdesk zendesk needs its subdomain under zendesk"),
        ({"helpdesk": "pigeons"}, "pigeons"),
        ({"mailer": "smtp"}, "mailer smtp needs its server under smtp"),
        ({"mailer": "smtp", "smtp": {"server": "smtp.acme.test", "user": "acme"}}, "a server and its port"),
    ],
)
def test_a_helpdesk_that_cannot_work_is_refused(config: dict[str, Any], change: dict[str, Any], words: str) -> None:
    config["support"] |= change
    assert any(words in problem for problem in problems(config))


def test_providers_are_what_was_chosen(config: dict[str, Any]) -> None:
    smtp = {"server": "smtp.acme.test:587", "user": "acme"}
    config["support"] |= {"helpdesk": "email", "zendesk": None, "mailer": "smtp", "smtp": smtp, "webhooks": True}
    assert parse(config).support.providers == ("email", "smtp", "webhooks")


# Under names that a spec has as well, where values are looked at; and small, for under others nothing is.
@given(
    st.dictionaries(
        st.text() | st.sampled_from(sorted(Spec.model_fields)),
        st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists, max_leaves=10),
    )
)
def test_junk_raises_nothing_but_the_one_error(junk: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        parse(junk)


@pytest.mark.parametrize(
    "content", ["", "[]", "config: 3", "config: {}", "config:\n  launch:spec: text", "a: [", "\x80", "[" * 3000]
)
def test_a_stack_file_without_a_spec_is_refused_by_name(tmp_path: Path, content: str) -> None:
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text(content, encoding="latin-1")
    with pytest.raises(SpecError, match=r"Pulumi\.prod\.yaml"):
        load(stack_file)


def test_a_missing_stack_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="launch init"):
        load(tmp_path / "Pulumi.prod.yaml")


def test_without_a_word_about_it_the_mailbox_is_the_helpdesk(config: dict[str, Any]) -> None:
    config["support"].pop("helpdesk", None)
    assert parse(config).support.helpdesk == "zendesk"  # it gives a subdomain, as specs had to before
    del config["support"]["zendesk"]
    assert parse(config).support.helpdesk == "email"
