from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.spec import Spec, SpecError, load, parse


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


def test_a_redirect_to_itself_is_refused_with_the_cure(config: dict[str, Any]) -> None:
    config["redirects"][0]["target"] = "https://www.acme.test"
    assert problems(config) == (
        "spec.redirects.0: www.acme.test redirects to itself and would loop; set target to the canonical host",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"api": "app"}, "app.acme.test is named both by api and by web.names"),
        ({"redirects": [{"source": "app.acme.test", "target": "https://acme.test"}]}, "served and redirected at once"),
        ({"redirects": [{"source": "old.example", "target": "https://acme.test"}]}, "lies outside acme.test"),
        ({"redirects": [{"source": "www.acme.test", "target": "https://acme.test"}] * 2}, "is redirected twice"),
        ({"services": {"min_instances": 5, "max_instances": 2}}, "above max_instances"),
    ],
)
def test_names_and_numbers_that_contradict_each_other_are_refused(
    config: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    assert any(words in problem for problem in problems(config | change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"provider": "pigeons"}, "pigeons is no provider we know"),
        ({"provider": "resend", "senders": []}, "only sends mail"),
        ({"dkim": {"google": "v=DKIM1; p=AA"}}, "no key for selector resend"),
    ],
)
def test_mail_that_cannot_work_is_refused(config: dict[str, Any], change: dict[str, Any], words: str) -> None:
    config["mail"] |= change
    assert any(words in problem for problem in problems(config))


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists)))
def test_junk_raises_nothing_but_the_one_error(junk: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        parse(junk)


@pytest.mark.parametrize(
    "content", ["", "[]", "config: 3", "config: {}", "config:\n  launch:spec: text", "a: [", "\x80"]
)
def test_a_stack_file_without_a_spec_is_refused_by_name(tmp_path: Path, content: str) -> None:
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text(content, encoding="latin-1")
    with pytest.raises(SpecError, match=r"Pulumi\.prod\.yaml"):
        load(stack_file)


def test_a_missing_stack_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="launch init"):
        load(tmp_path / "Pulumi.prod.yaml")
