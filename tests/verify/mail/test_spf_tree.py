from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from verify.answers.dns import Answer, Outcome, Question
from verify.judge.spf import judge_spf
from verify.mail.spf_tree import SpfTree, walk

ZONE = {
    ("acme.test", "TXT"): ("v=spf1 include:a.test include:b.test -all", "something else"),
    ("a.test", "TXT"): ("v=spf1 a mx ip4:192.0.2.1 -all",),
    ("a.test", "A"): ("192.0.2.7",),
    ("a.test", "AAAA"): ("2001:db8::7",),
    ("a.test", "MX"): ("1 a.test",),
    ("b.test", "TXT"): ("v=spf1 redirect=c.test",),
    ("c.test", "TXT"): ("v=spf1 exists:%{i}.c.test ?all",),
}


@pytest.fixture
def tree(asking: Any) -> Callable[..., SpfTree]:
    """The tree of a domain with these SPF records, and with those of other domains."""

    def grown(own: str | tuple[str, ...], more: Mapping[str, str] | None = None, broken: Iterable[str] = ()) -> SpfTree:
        texts = (own,) if isinstance(own, str) else own
        zone = {**ZONE, ("acme.test", "TXT"): texts, **{(name, "TXT"): (text,) for name, text in (more or {}).items()}}
        return asyncio.run(walk("acme.test", asking(zone, broken)))

    return grown


def status(found: SpfTree, id_: str, senders: tuple[str, ...] = (), *, texts: tuple[str, ...] | None = None) -> str:
    answer = Answer(Question("acme.test", "TXT"), Outcome.ANSWER, found.texts if texts is None else texts)
    leftover = Answer(Question("acme.test", "SPF"), Outcome.NODATA)
    judged = {finding.id: str(finding.status) for finding in judge_spf(found, senders, answer, leftover)}
    return judged.get(id_, "absent")


def test_lookups_are_counted_over_the_whole_tree_and_each_level_is_asked_at_once(asking: Any) -> None:
    questions = asking(ZONE)
    found = asyncio.run(walk("acme.test", questions))
    assert (found.lookups, found.visited) == (6, ("acme.test", "a.test", "b.test", "c.test"))
    assert len(questions.rounds) == 3
    asked = [question for each in questions.rounds for question in each]
    assert len(asked) == len(set(asked))


def test_what_is_included_twice_is_counted_twice(tree: Callable[..., SpfTree]) -> None:
    found = tree("v=spf1 include:b.test include:b.test -all")
    assert found.lookups == 6


def many(count: int) -> str:
    return " ".join(["v=spf1", *(f"a:h{number}.test" for number in range(count)), "-all"])


def hosts(count: int) -> dict[tuple[str, str], tuple[str, ...]]:
    there = {("A", "192.0.2.1"), ("AAAA", "2001:db8::1")}
    return {(f"h{number}.test", type_): (address,) for number in range(count) for type_, address in there}


@pytest.mark.parametrize(("lookups", "expected"), [(10, "pass"), (11, "fail")])
def test_ten_lookups_are_the_limit(asking: Any, lookups: int, expected: str) -> None:
    zone = {("acme.test", "TXT"): (many(lookups),), **hosts(lookups)}
    found = asyncio.run(walk("acme.test", asking(zone)))
    assert (found.lookups, status(found, "mail.spf.lookups")) == (lookups, expected)


@pytest.mark.parametrize(("voids", "expected"), [(2, "pass"), (3, "fail")])
def test_two_lookups_that_find_nothing_are_the_limit(tree: Callable[..., SpfTree], voids: int, expected: str) -> None:
    found = tree(many(voids))
    assert (len(found.voids4), status(found, "mail.spf.voids")) == (voids, expected)


def test_lookups_that_find_nothing_for_clients_by_ipv6_alone_are_a_warning(asking: Any) -> None:
    zone = {("acme.test", "TXT"): (many(3),), **{key: value for key, value in hosts(3).items() if key[1] == "A"}}
    assert status(asyncio.run(walk("acme.test", asking(zone))), "mail.spf.voids") == "warn"


@pytest.mark.parametrize(
    ("own", "more"),
    [
        ("v=spf1 include:acme.test -all", {}),
        ("v=spf1 include:x.test -all", {"x.test": "v=spf1 redirect=ACME.test"}),
        (
            "v=spf1 include:x.test -all",
            {"x.test": "v=spf1 include:y.test -all", "y.test": "v=spf1 include:x.test -all"},
        ),
        ("v=spf1 redirect=%{d}", {}),
    ],
)
def test_a_record_that_leads_back_to_itself_is_a_loop_and_ends(
    tree: Callable[..., SpfTree], own: str, more: Mapping[str, str]
) -> None:
    found = tree(own, more)
    assert status(found, "mail.spf.loop") == "fail"
    assert status(found, "mail.spf.lookups") == "pass"


def test_an_endless_fan_of_includes_ends_too(tree: Callable[..., SpfTree]) -> None:
    fan = {
        f"f{number}.test": f"v=spf1 include:f{number + 1}.test include:f{number + 1}.test -all" for number in range(40)
    }
    assert status(tree("v=spf1 include:f0.test -all", fan), "mail.spf.lookups") == "fail"


@pytest.mark.parametrize(
    ("own", "expected"),
    [("v=spf1 -all", "pass"), (("v=spf1 -all", "v=spf1 ~all"), "fail"), (("v=spf10 -all",), "fail"), ((), "fail")],
)
def test_there_has_to_be_one_record(tree: Callable[..., SpfTree], own: str | tuple[str, ...], expected: str) -> None:
    assert status(tree(own), "mail.spf.single") == expected


def test_a_domain_that_does_not_answer_is_unknown_and_nothing_else_is_said(tree: Callable[..., SpfTree]) -> None:
    found = tree("v=spf1 -all", broken=["acme.test"])
    assert status(found, "mail.spf.single") == "unknown"
    assert status(found, "mail.spf.lookups") == "absent"


@pytest.mark.parametrize("id_", ["lookups", "voids", "includes", "loop", "syntax"])
def test_a_part_that_does_not_answer_makes_what_hangs_on_it_unknown(tree: Callable[..., SpfTree], id_: str) -> None:
    assert status(tree("v=spf1 include:dark.test -all", broken=["dark.test"]), f"mail.spf.{id_}") == "unknown"


def test_what_is_over_the_limit_already_fails_whatever_does_not_answer(tree: Callable[..., SpfTree]) -> None:
    found = tree(many(11).replace("-all", "include:dark.test -all"), broken=["dark.test"])
    assert status(found, "mail.spf.lookups") == "fail"


@pytest.mark.parametrize(
    ("own", "more"),
    [
        ("v=spf1 include:nowhere.test -all", {}),
        ("v=spf1 redirect=nowhere.test", {}),
        ("v=spf1 include:.test -all", {}),
    ],
)
def test_an_include_or_redirect_without_a_record_fails(
    tree: Callable[..., SpfTree], own: str, more: Mapping[str, str]
) -> None:
    assert status(tree(own, more), "mail.spf.includes") == "fail"


def test_an_included_record_that_breaks_the_grammar_fails(tree: Callable[..., SpfTree]) -> None:
    assert status(tree("v=spf1 include:x.test -all", {"x.test": "v=spf1 ip5:1 -all"}), "mail.spf.syntax") == "fail"


@pytest.mark.parametrize(
    ("own", "more", "expected"),
    [
        ("v=spf1 -all", {}, "pass"),
        ("v=spf1 ~all", {}, "pass"),
        ("v=spf1 redirect=x.test", {"x.test": "v=spf1 -all"}, "pass"),
        ("v=spf1 ?all", {}, "warn"),
        ("v=spf1 ip4:192.0.2.1", {}, "warn"),
        ("v=spf1 +all", {}, "fail"),
        ("v=spf1 all", {}, "fail"),
        ("v=spf1 ip4:0.0.0.0/0 -all", {}, "fail"),
        ("v=spf1 ip6:::/0 -all", {}, "fail"),
        ("v=spf1 include:x.test -all", {"x.test": "v=spf1 +all"}, "fail"),
        ("v=spf1 ?include:x.test -all", {"x.test": "v=spf1 +all"}, "pass"),
    ],
)
def test_nobody_else_may_send(tree: Callable[..., SpfTree], own: str, more: Mapping[str, str], expected: str) -> None:
    assert status(tree(own, more), "mail.spf.all") == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [("v=spf1 -all", "pass"), ("v=spf1 -all ip4:192.0.2.1", "warn"), ("v=spf1 redirect=a.test -all", "warn")],
)
def test_terms_that_nobody_looks_at_are_told(tree: Callable[..., SpfTree], own: str, expected: str) -> None:
    found = tree(own)
    assert (status(found, "mail.spf.ignored"), found.lookups) == (expected, 0)


def test_the_mechanism_ptr_is_a_warning_and_costs_a_lookup(tree: Callable[..., SpfTree]) -> None:
    found = tree("v=spf1 ptr -all")
    assert (status(found, "mail.spf.ptr"), found.lookups) == ("warn", 1)


def test_names_that_depend_on_the_mail_are_counted_and_not_asked(tree: Callable[..., SpfTree]) -> None:
    found = tree("v=spf1 include:%{l}.test a:%{i}.test -all")
    assert (found.lookups, len(found.hidden), found.voids4) == (2, 2, ())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("v=spf1 -all",), "pass"),
        (("v=spf1 " + " ".join(f"ip4:192.0.2.{number}" for number in range(40)) + " -all",), "warn"),
        (("v=spf1 -all", *(f"site-verification={'x' * 60}{number}" for number in range(8))), "warn"),
    ],
)
def test_a_record_has_to_fit_into_a_plain_answer(
    tree: Callable[..., SpfTree], texts: tuple[str, ...], expected: str
) -> None:
    assert status(tree(texts[0]), "mail.spf.size", texts=texts) == expected


@pytest.mark.parametrize(("senders", "expected"), [(("a.test",), "pass"), (("a.test", "z.test"), "fail")])
def test_every_sender_of_the_stack_has_to_be_included(
    tree: Callable[..., SpfTree], senders: tuple[str, ...], expected: str
) -> None:
    assert status(tree("v=spf1 include:a.test -all"), "mail.spf.senders", senders) == expected


def test_a_record_of_the_obsolete_type_is_a_warning(tree: Callable[..., SpfTree]) -> None:
    found = tree("v=spf1 -all")
    answer = Answer(Question("acme.test", "TXT"), Outcome.ANSWER, found.texts)
    old = Answer(Question("acme.test", "SPF"), Outcome.ANSWER, ("v=spf1 -all",))
    assert {f.id: f.status for f in judge_spf(found, (), answer, old)}["mail.spf.type"] == "warn"
