from __future__ import annotations

from localcloud.monitoring.incidents import Incident, lasting, of_lines, of_series

CRM, MAIL = (("queue_id", "crm"),), (("queue_id", "mail"),)
OPEN = Incident("p", CRM, opened=600, seen=660, number=1)


def test_each_series_has_an_incident_of_its_own() -> None:
    found = of_series("p", [OPEN], [CRM, MAIL], 720)
    assert [each.labels for each in found.opened] == [MAIL]
    assert [(each.number, each.seen) for each in found.going_on] == [(1, 720)]
    assert found.closed == ()


def test_an_incident_ends_as_soon_as_its_series_is_well() -> None:
    found = of_series("p", [OPEN], [], 720)
    assert [(each.number, each.closed) for each in found.closed] == [(1, 720)]
    assert not found.opened


def test_an_incident_that_has_ended_does_not_come_back_to_life() -> None:
    ended = Incident("p", CRM, 600, 660, closed=660, number=1)
    assert [each.opened for each in of_series("p", [ended], [CRM], 720).opened] == [720]


def test_lines_open_one_incident_which_ends_a_while_after_the_last() -> None:
    (opened,) = of_lines("p", [], 3, 600, period=1800, auto_close=1800).opened
    (kept,) = of_lines("p", [opened], 1, 1200, 1800, 1800).going_on
    assert kept.seen == 1200
    assert of_lines("p", [kept], 0, 2999, 1800, 1800).closed == ()
    (closed,) = of_lines("p", [kept], 0, 3000, 1800, 1800).closed
    assert closed.closed == 3000


def test_two_notifications_of_lines_are_never_nearer_than_the_policy_says() -> None:
    ended = Incident("p", (), 600, 600, closed=900, number=1)
    assert of_lines("p", [ended], 1, 2399, period=1800, auto_close=300).opened == ()
    assert of_lines("p", [ended], 1, 2400, period=1800, auto_close=300).opened


def test_what_has_a_gap_does_not_last() -> None:
    assert lasting({CRM: [1.0, None, 1.0], MAIL: [1.0, 2.0, 0.0], (): []}) == (MAIL,)
