"""Names that lead back to themselves, and mail that would be sent to the edge."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.spec import SpecError, parse


def problems(config: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        parse(config)
    return caught.value.problems


@pytest.mark.parametrize("host", ["acme.test", "app.acme.test", "api.acme.test", "www.acme.test", "www.acme.example"])
def test_the_app_does_not_lie_at_a_host_of_the_launch_itself(config: dict[str, Any], host: str) -> None:
    config["other_domains"] = ["acme.example"]
    config["web"]["host"] = host
    assert [problem.split(":")[0] for problem in problems(config)] == ["spec.web.host"]


def test_the_app_may_lie_at_another_name_of_the_zone(config: dict[str, Any]) -> None:
    config["web"]["host"] = "origin.acme.test"
    config["records"] = [{"name": "origin", "type": "A", "content": "192.0.2.7"}]
    assert parse(config).web.host == "origin.acme.test"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_aliases_in_a_circle_are_told_once(config: dict[str, Any], length: int) -> None:
    config["records"] = [
        {"name": f"n{at}", "type": "CNAME", "content": f"n{(at + 1) % length}.acme.test."} for at in range(length)
    ]
    found = problems(config)
    assert len(found) == 1
    assert "aliases lead in a circle, from n0.acme.test to" in found[0]


def test_a_circle_over_the_launchs_own_aliases_is_found(config: dict[str, Any]) -> None:
    config["web"]["host"] = "origin.acme.test"
    config["records"] = [{"name": "origin", "type": "CNAME", "content": "app.acme.test"}]
    assert any("aliases lead in a circle" in problem for problem in problems(config))


def test_bounces_that_lead_to_themselves_are_refused(config: dict[str, Any]) -> None:
    config["mail"]["bounces"] = {"pm": "pm.acme.test"}
    assert any("in a circle, from pm.acme.test to pm.acme.test" in problem for problem in problems(config))


def test_mail_does_not_go_to_the_edge(config: dict[str, Any]) -> None:
    config["mail"]["mx"] = "acme.test"
    config["records"] = [{"name": "lists", "type": "MX", "content": "10 app.acme.test."}]
    found = problems(config)
    assert [problem.split(":")[0] for problem in found] == ["spec.mail.mx", "spec.records.0"]


def test_an_spf_record_does_not_include_itself(config: dict[str, Any]) -> None:
    config["mail"]["spf_includes"] = ["acme.test"]
    assert any(problem.startswith("spec.mail.spf_includes:") for problem in problems(config))


@pytest.mark.parametrize(
    ("kind", "content", "taken"),
    [("MX", "10 mx.example.com", True), ("A", "192.0.2.1", True), ("MX", "0 .", False), ("TXT", "a", False)],
)
def test_an_address_below_the_domain_needs_a_record_that_takes_mail(
    config: dict[str, Any], kind: str, content: str, taken: bool
) -> None:
    config["alerts"]["email"] = "oncall@help.acme.test"
    config["records"] = [{"name": "help", "type": kind, "content": content}]
    if taken:
        assert parse(config).alerts.email == "oncall@help.acme.test"
    else:
        assert any(problem.startswith("spec.alerts.email: nothing reaches") for problem in problems(config))


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ([], "which has no address"),
        ([("mx", "TXT", "a")], "which has no address"),
        ([("mx", "A", "192.0.2.25")], None),
        ([("*", "AAAA", "2001:db8::25")], None),
        ([("mx", "CNAME", "mx.example.com")], None),
        ([("mx", "NS", "ns1.example.com")], None),
    ],
)
def test_mail_goes_to_a_host_that_has_an_address(
    config: dict[str, Any], further: list[tuple[str, str, str]], reason: str | None
) -> None:
    config["records"] = [{"name": "lists", "type": "MX", "content": "10 mx.acme.test"}]
    config["records"] += [{"name": name, "type": kind, "content": content} for name, kind, content in further]
    if reason is None:
        assert parse(config).records
    else:
        assert any(
            f"spec.records.0: mail to lists.acme.test would go to mx.acme.test, {reason}" in p for p in problems(config)
        )


def test_mail_does_not_go_to_a_record_behind_the_edge(config: dict[str, Any]) -> None:
    config["mail"]["mx"] = "mx.acme.test"
    config["records"] = [{"name": "mx", "type": "A", "content": "192.0.2.25", "proxied": True}]
    assert any("where Cloudflare's edge answers" in problem for problem in problems(config))
