from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checklists.signoffs import SignoffError, Waiver, named, waivers
from checklists.subject import Subject

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HERE = Subject("prod", "acme.com", "acme", rehearsal=False)


def test_a_signature_without_a_name_is_refused() -> None:
    with pytest.raises(SignoffError, match="--by"):
        named(" ")


def test_a_waiver_needs_a_reason_and_a_day_to_come() -> None:
    with pytest.raises(SignoffError, match="--reason"):
        Waiver("Ada", date(2026, 12, 1), " ", NOW, HERE)
    with pytest.raises(SignoffError, match="2026-11-22 is over"):
        Waiver("Ada", date(2026, 11, 22), "later", NOW, HERE)


def test_a_waiver_is_read_back_as_it_was_kept() -> None:
    waived = Waiver("Ada", date(2026, 12, 1), "no data yet", NOW, HERE)
    assert waivers({"restore": waived.to_values()}, "f") == {"restore": waived}


@pytest.mark.parametrize("content", [[], {"restore": 3}, {"restore": {"by": "Ada"}}, {"restore": {"until": "soon"}}])
def test_what_are_no_waivers_is_refused(content: object) -> None:
    with pytest.raises(SignoffError, match="fix it or move it away"):
        waivers(content, "waivers.json")
