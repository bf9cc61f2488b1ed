from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from verify.answers.dns import Answer, Outcome, Question
from verify.judge.dmarc import DmarcPromise, judge_dmarc
from verify.mail.dmarc_record import DmarcError, Policy, domain_of, is_dmarc, parse
from verify.mail.dmarc_walk import Walk, targets, walk
from verify.mail.reports import destinations

PROMISE = DmarcPromise("quarantine", "dmarc@acme.test")
PROMISED = "v=DMARC1; p=quarantine; sp=quarantine; np=quarantine; rua=mailto:dmarc@acme.test"


def walked(
    asking: Any, domain: str, records: Mapping[str, str | tuple[str, ...]], broken: tuple[str, ...] = ()
) -> Walk:
    zone = {(f"_dmarc.{name}", "TXT"): (text,) if isinstance(text, str) else text for name, text in records.items()}
    return asyncio.run(walk(domain, asking(zone, [f"_dmarc.{name}" for name in broken])))


def judged(
    asking: Any,
    records: Mapping[str, str | tuple[str, ...]],
    promise: DmarcPromise | None = PROMISE,
    broken: tuple[str, ...] = (),
    consent: Mapping[str, str] | None = None,
    domain: str = "acme.test",
) -> dict[str, str]:
    zone = {(f"_dmarc.{name}", "TXT"): (text,) if isinstance(text, str) else text for name, text in records.items()}
    zone |= {(name, "TXT"): (text,) for name, text in (consent or {}).items()}
    questions = asking(zone, broken)

    async def judge() -> dict[str, str]:
        found = await walk(domain, questions)
        places = await destinations(found, questions)
        return {each.id: str(each.status) for each in judge_dmarc(found, places, promise)}

    return asyncio.run(judge())


WELL = {
    f"mail.dmarc.{name}": "pass"
    for name in ("single", "syntax", "policy", "subdomains", "historic", "organization", "reports", "rfc7489")
}


def test_the_promised_record_is_well(asking: Any) -> None:
    assert judged(asking, {"acme.test": PROMISED}) == WELL


def test_a_domain_with_more_than_eight_labels_is_walked_as_in_the_example_of_the_standard() -> None:
    # RFC 9989 section 4.10, the eight queries for a.b.c.d.e.f.g.h.i.j.mail.example.com.
    assert targets("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


@pytest.mark.parametrize("labels", range(1, 30))
def test_a_walk_asks_at_most_eight_times_from_the_domain_to_the_top(labels: int) -> None:
    domain = ".".join(f"l{number}" for number in range(labels, 0, -1))
    names = targets(domain)
    assert len(names) == min(8, labels)
    assert (names[0], names[-1]) == (domain, "l1")


def test_the_whole_walk_is_one_round_of_questions(asking: Any) -> None:
    questions = asking({})
    asyncio.run(walk("a.b.acme.test", questions))
    assert len(questions.rounds) == 1


R = "v=DMARC1; p=reject"
# Domain, records, organizational domain, where the record that applies is: RFC 9989 sections 4.10.1 and 4.10.2.
WALKS = {
    "its own": ("example.com", {"example.com": R}, "example.com", "example.com"),
    "from above": ("a.mail.example.com", {"example.com": R}, "example.com", "example.com"),
    "the fewest labels win": (
        "a.mail.example.com",
        {"mail.example.com": R, "example.com": R},
        "example.com",
        "example.com",
    ),
    "its own, of a larger organization": (
        "mail.example.com",
        {"mail.example.com": R, "example.com": R},
        "example.com",
        "mail.example.com",
    ),
    "psd=n ends the walk": (
        "a.mail.example.com",
        {"mail.example.com": f"{R}; psd=n", "example.com": R},
        "mail.example.com",
        "mail.example.com",
    ),
    "one below a public suffix": ("a.mail.example.com", {"com": f"{R}; psd=y"}, "example.com", "com"),
    "a public suffix below a registered one": (
        "mail.example.co.uk",
        {"co.uk": f"{R}; psd=y", "uk": R},
        "example.co.uk",
        "co.uk",
    ),
    "a suffix itself is no child of its own": ("com", {"com": f"{R}; psd=y"}, "com", "com"),
    "the organization before the suffix": (
        "a.example.com",
        {"example.com": R, "com": f"{R}; psd=y"},
        "example.com",
        "example.com",
    ),
    "two records are none": (
        "a.example.com",
        {"a.example.com": (R, R), "example.com": R},
        "example.com",
        "example.com",
    ),
    "another version is none": ("example.com", {"example.com": "v=DMARC2; p=none"}, "example.com", None),
    "none at all": ("a.example.com", {}, "a.example.com", None),
}


@pytest.mark.parametrize("case", WALKS)
def test_the_walk_finds_organization_and_record(asking: Any, case: str) -> None:
    domain, records, organization, place = WALKS[case]
    found = walked(asking, domain, records)
    assert found.organization == organization
    assert (found.applicable[0] if found.applicable else None) == place


# Record, policy for the domain itself, for a subdomain that exists, for one that does not: section 4.10.1.
POLICIES = {
    "p=reject": ("reject", "reject", "reject"),
    "p=reject; sp=none": ("reject", "none", "none"),
    "p=reject; np=quarantine": ("reject", "reject", "quarantine"),
    "p=none; sp=quarantine; np=reject": ("none", "quarantine", "reject"),
    "p=REJECT": ("reject", "reject", "reject"),
    "rua=mailto:a@x.test": ("none", "none", "none"),
    "sp=reject; rua=mailto:a@x.test": ("none", "none", "none"),
    "p=block; rua=mailto:a@x.test": ("none", "none", "none"),
    "p=reject; sp=bad; rua=mailto:a@x.test": ("none", "none", "none"),
    "p=block": (None, None, None),
    "p=reject; np=bad": (None, None, None),
    "adkim=s": (None, None, None),
}


@pytest.mark.parametrize("tags", POLICIES)
def test_the_policy_is_taken_as_the_standard_says(asking: Any, tags: str) -> None:
    records = {"example.com": f"v=DMARC1; {tags}"}
    below = walked(asking, "a.example.com", records)
    policies = (walked(asking, "example.com", records).policy(), below.policy(), below.policy(exists=False))
    assert policies == POLICIES[tags]


def test_a_tested_policy_is_applied_one_level_lower() -> None:
    record = parse("v=DMARC1; p=reject; t=y")
    assert [record.applied(policy) for policy in Policy] == [Policy.NONE, Policy.NONE, Policy.QUARANTINE]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=DMARC1", True), ("v = DMARC1 ;p=none", True), ("v=DMARC1;", True), ("v=dmarc1; p=none", False),
     ("p=none; v=DMARC1", False), ("v=DMARC10; p=none", False), (" v=DMARC1", False), ("", False)],
)  # fmt: skip
def test_only_the_first_tag_in_capitals_makes_a_record(text: str, is_one: bool) -> None:
    assert is_dmarc(text) is is_one
    if not is_one:
        with pytest.raises(DmarcError):
            parse(text)


# The tags of section 4.7 with their values, valid and not: section 4.8.
VALUES = {
    **{f"{tag}={value}": True for tag in ("p", "sp", "np") for value in ("none", "quarantine", "reject", "None")},
    **{f"{tag}={value}": False for tag in ("p", "sp", "np") for value in ("block", "nones", "n one")},
    **{f"{tag}={value}": value in "rs" for tag in ("adkim", "aspf") for value in ("r", "s", "x", "rs1")},
    **{f"t={value}": value in "yn" for value in ("y", "n", "s", "yes")},
    **{f"psd={value}": value in "ynu" for value in ("y", "n", "u", "x")},
    **dict.fromkeys(("fo=0", "fo=1", "fo=d", "fo=s", "fo=1:d:s", "fo=d:s", "fo=d:1", "fo=0:d"), True),
    **dict.fromkeys(("fo=2", "fo=0:1", "fo=", "fo=d:", "fo=1:1"), False),
    **dict.fromkeys(("rua=mailto:a@x.test", "rua=mailto:a@x.test , mailto:b@y.test", "ruf=https://x.test/r"), True),
    **dict.fromkeys(("rua=a@x.test", "rua=mailto:", "rua=mailto:a@x.test,", "rua=mailto:a@x.test!10m", "rua=,"), False),
    **dict.fromkeys(("nonsense", "=x", "p", "p=none;p=none", "1p=x", "rua=mailto:ä@x.test"), False),
}


@pytest.mark.parametrize("tag", VALUES)
def test_a_value_is_judged_by_its_tag(tag: str) -> None:
    assert (not parse(f"v=DMARC1; {tag}").problems) is VALUES[tag]


@pytest.mark.parametrize(
    ("uri", "domain"),
    [("mailto:a@X.test", "x.test"), ("mailto:a%40b@x.test", None), ("mailto:a%2Bb@x.test", "x.test"),
     ("https://r.test/x", "r.test"), ("mailto:a", None)],
)  # fmt: skip
def test_a_report_goes_to_the_domain_of_its_address(uri: str, domain: str | None) -> None:
    assert domain_of(uri) == domain


@pytest.mark.parametrize(
    ("changed", "turned"),
    [
        ({"p=quarantine": "p=none"}, {"policy": "fail"}),
        ({"sp=quarantine": "sp=none", "np=quarantine; ": ""}, {"subdomains": "warn"}),
        ({"np=quarantine": "np=none"}, {"subdomains": "warn", "rfc7489": "warn"}),
        ({"dmarc@acme.test": "other@acme.test"}, {"policy": "fail"}),
        ({"rua=": "t=y; rua="}, {"policy": "fail", "rfc7489": "warn"}),
        ({"rua=": "pct=100; rua="}, {"historic": "warn"}),
        ({"rua=": "pct=20; ri=3600; rua="}, {"historic": "warn", "rfc7489": "warn"}),
        ({"rua=": "x=y; rua="}, {"syntax": "warn"}),
        ({"rua=": "fo=0:1:d:s; rua="}, {"syntax": "warn"}),
        ({"rua=": "fo=0:1:d:s; adkim=q; rua="}, {"syntax": "fail"}),
        ({"rua=": "adkim=q; rua="}, {"syntax": "fail"}),
        ({"sp=quarantine": "sp=bad"}, {"syntax": "fail", "policy": "fail"}),
        ({"acme.test": "acme.test,mailto:x@other.test"}, {"reports": "fail"}),
        ({"; rua=mailto:dmarc@acme.test": ""}, {"policy": "fail", "reports": "warn"}),
    ],
)
def test_one_change_turns_just_the_findings_about_it(
    asking: Any, changed: Mapping[str, str], turned: Mapping[str, str]
) -> None:
    text = PROMISED
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    assert judged(asking, {"acme.test": text}) == WELL | {f"mail.dmarc.{id_}": to for id_, to in turned.items()}


def test_several_records_at_one_name_count_as_none(asking: Any) -> None:
    assert judged(asking, {"acme.test": (PROMISED, R)}) == {"mail.dmarc.single": "fail"}


def test_a_domain_that_does_not_answer_is_unknown_and_a_missing_record_fails(asking: Any) -> None:
    assert judged(asking, {"acme.test": PROMISED}, broken=("_dmarc.acme.test",)) == {"mail.dmarc.single": "unknown"}
    assert judged(asking, {}) == {"mail.dmarc.single": "fail"}


def test_a_name_above_that_does_not_answer_leaves_the_organization_open(asking: Any) -> None:
    found = judged(asking, {"acme.test": PROMISED}, broken=("_dmarc.test",))
    assert found == WELL | {"mail.dmarc.organization": "unknown"}
    decided = judged(asking, {"acme.test": f"{PROMISED}; psd=n"}, broken=("_dmarc.test",))
    assert decided == WELL


def test_name_servers_that_answer_for_the_zone_alone_say_nothing_of_its_organization(asking: Any) -> None:
    class Zone(asking):  # type: ignore[misc]
        def answer(self, question: Question) -> Answer:
            refused = Answer(question, Outcome.FAILED, detail="192.0.2.1 port 53 said REFUSED")
            return refused if question.name == "_dmarc.test" else super().answer(question)  # type: ignore[no-any-return]

    found = judged(Zone, {"acme.test": PROMISED})
    assert found == {id_: status for id_, status in WELL.items() if id_ != "mail.dmarc.organization"}


def test_a_record_at_the_top_level_takes_the_organization_over(asking: Any) -> None:
    assert judged(asking, {"acme.test": PROMISED, "test": R}) == WELL | {"mail.dmarc.organization": "fail"}


OUTSIDE = PROMISED.replace("acme.test", "acme.test,mailto:x@in.other.test")


@pytest.mark.parametrize(
    ("consent", "broken", "status"),
    [
        ({"acme.test._report._dmarc.in.other.test": "v=DMARC1"}, (), "pass"),
        ({"acme.test._report._dmarc.in.other.test": "v=DMARC1; rua=mailto:y@in.other.test"}, (), "pass"),
        ({"acme.test._report._dmarc.in.other.test": "yes"}, (), "fail"),
        ({"acme.test._report._dmarc.other.test": "v=DMARC1"}, (), "fail"),
        ({}, ("acme.test._report._dmarc.in.other.test",), "unknown"),
    ],
)
def test_a_destination_outside_has_to_agree(
    asking: Any, consent: Mapping[str, str], broken: tuple[str, ...], status: str
) -> None:
    found = judged(asking, {"acme.test": OUTSIDE}, broken=broken, consent=consent)
    assert found == WELL | {"mail.dmarc.reports": status}


def test_a_destination_of_the_same_organization_needs_no_consent(asking: Any) -> None:
    text = PROMISED.replace("dmarc@acme.test", "dmarc@acme.test,mailto:x@reports.acme.test")
    assert judged(asking, {"acme.test": text}) == WELL


@pytest.mark.parametrize(("policy", "status"), [("none", "warn"), ("quarantine", "pass"), ("reject", "pass")])
def test_a_bare_domain_is_measured_by_good_practice(asking: Any, policy: str, status: str) -> None:
    text = f"v=DMARC1; p={policy}; rua=mailto:dmarc@acme.test"
    assert judged(asking, {"acme.test": text}, promise=None)["mail.dmarc.policy"] == status


def test_a_subdomain_takes_the_policy_of_its_organization(asking: Any) -> None:
    found = judged(asking, {"acme.test": PROMISED}, promise=None, domain="send.acme.test")
    assert found == WELL
