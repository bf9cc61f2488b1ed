from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.finding import Finding, Status, verdict

texts = st.text(min_size=1)
findings = st.builds(
    Finding,
    id=texts,
    subject=texts,
    status=st.sampled_from(Status),
    expected=texts,
    observed=texts,
    evidence=st.text(),
    fix=texts,
    path=st.none() | texts,
    line=st.none() | st.integers(min_value=1),
)


@given(findings)
def test_a_finding_survives_its_json_line(finding: Finding) -> None:
    line = finding.to_json()
    assert "\n" not in line
    assert Finding.from_json(line) == finding


def test_a_finding_that_is_not_a_pass_must_name_a_fix() -> None:
    with pytest.raises(ValueError, match="names no fix"):
        Finding("mail.spf.single", "acme.test", Status.UNKNOWN, "one record", "no answer")


def test_an_empty_run_is_unknown() -> None:
    assert verdict([]) is Status.UNKNOWN


@given(st.lists(findings, min_size=1))
def test_a_run_is_as_bad_as_its_worst_finding(run: list[Finding]) -> None:
    seen = {finding.status for finding in run}
    if Status.FAIL in seen:
        assert verdict(run) is Status.FAIL
    elif Status.UNKNOWN in seen:
        assert verdict(run) is Status.UNKNOWN
    else:
        assert verdict(run) in seen
