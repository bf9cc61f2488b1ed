"""Flows and verification under way: when each begins, who hears of it, and what an end too early leaves undone."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest

from blueprint.finding import Finding, Status
from cli import checks
from cli.aside import Tell
from verify.registry import GROUPS
from verify.run import Report

PATIENCE = 10.0  # seconds
PLAYED = [Finding("flow.payment", "a buyer pays", Status.PASS, "billing is active", "it is")]
VERIFIED: Report = {GROUPS[0]: (Finding("dns.a", "acme.test", Status.PASS, "an address", "192.0.2.1"),)}


def play(tell: Tell, _nearly_done: Callable[[], object]) -> list[Finding]:
    tell("a buyer pays")
    return PLAYED


def verify(tell: Tell) -> Report:
    tell("DNS records: 1 of 1 checks passed")
    return VERIFIED


def test_what_both_found_is_told_in_the_order_in_which_it_is_asked_for() -> None:
    told: list[str] = []
    with checks.begun(play, verify) as under_way:
        assert under_way.played(told.append) == PLAYED
        assert under_way.verified(told.append) == VERIFIED
    assert told == ["a buyer pays", "DNS records: 1 of 1 checks passed"]


def test_the_verification_begins_while_the_last_flow_waits_and_not_before() -> None:
    is_verified, seen = Event(), list[bool]()

    def waiting(_: Tell, nearly_done: Callable[[], object]) -> list[Finding]:
        seen.append(is_verified.is_set())
        nearly_done()
        seen.append(is_verified.wait(PATIENCE))
        return PLAYED

    def verifying(_: Tell) -> Report:
        is_verified.set()
        return VERIFIED

    with checks.begun(waiting, verifying) as under_way:
        under_way.played(lambda _: None)
    assert seen == [False, True]


def test_sentences_are_told_while_the_work_goes_on() -> None:
    heard = Event()

    def patient(tell: Tell, _: Callable[[], object]) -> list[Finding]:
        tell("a buyer pays")
        assert heard.wait(PATIENCE)
        return PLAYED

    with checks.begun(patient, verify) as under_way:
        assert under_way.played(lambda _: heard.set()) == PLAYED


def test_what_a_flow_raises_is_raised_after_what_it_told() -> None:
    told: list[str] = []

    def broken(tell: Tell, _: Callable[[], object]) -> list[Finding]:
        tell("a buyer pays")
        raise RuntimeError("the register is closed")

    with checks.begun(broken, verify) as under_way:
        with pytest.raises(RuntimeError, match="the register is closed"):
            under_way.played(told.append)
        assert under_way.verified(told.append) == VERIFIED, "one that fails does not silence the other"
    assert told == ["a buyer pays", "DNS records: 1 of 1 checks passed"]


def test_what_the_verification_raises_is_raised_when_it_is_asked_for() -> None:
    def broken(_: Tell) -> Report:
        raise RuntimeError("no resolver")

    with checks.begun(play, broken) as under_way:
        assert under_way.played(lambda _: None) == PLAYED
        with pytest.raises(RuntimeError, match="no resolver"):
            under_way.verified(lambda _: None)


def test_when_it_was_given_up_no_verification_begins() -> None:
    is_given_up, verified = Event(), list[str]()

    def slow(*_: object) -> list[Finding]:
        assert is_given_up.wait(PATIENCE)
        return PLAYED

    def verifying(_: Tell) -> Report:
        verified.append("begun")
        return VERIFIED

    with checks.begun(slow, verifying) as under_way:
        under_way.give_up()
        is_given_up.set()
        assert under_way.played(lambda _: None) == PLAYED
    assert verified == []


def test_an_interrupt_waits_for_what_is_being_played_and_is_raised() -> None:
    is_playing, ended = Event(), list[str]()

    def slow(_: Tell, nearly_done: Callable[[], object]) -> list[Finding]:
        is_playing.set()
        time.sleep(0.05)
        ended.append("played")
        return PLAYED

    def interrupted() -> None:
        with checks.begun(slow, verify):
            assert is_playing.wait(PATIENCE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ended == ["played"]
