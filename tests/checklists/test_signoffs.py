from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checklists.signoffs import SignoffError, load, sign

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_signatures_are_kept_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "local" / "signoffs.json"
    sign(path, "alerts", "Ada", NOW)
    sign(path, "dnssec", "Grace", NOW, "by phone")
    assert {item: signoff.by for item, signoff in load(path).items()} == {"alerts": "Ada", "dnssec": "Grace"}


def test_a_signature_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SignoffError, match="--by"):
        sign(tmp_path / "signoffs.json", "alerts", " ", NOW)


@pytest.mark.parametrize("content", ["", "[]", '{"alerts": {"who": "Ada"}}', '{"alerts": 3}'])
def test_a_broken_file_is_refused_and_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "signoffs.json"
    path.write_text(content)
    with pytest.raises(SignoffError, match="fix it or move it away"):
        sign(path, "alerts", "Ada", NOW)
    assert path.read_text() == content
