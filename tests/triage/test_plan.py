from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint.spec import parse
from triage import plan
from triage.catalogue import CHECKS
from triage.scan import Options, scan

ROOT = Path(__file__).parents[2]


def shipped() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    return next(value for value in config.values() if isinstance(value, dict) and "domain" in value)


@pytest.mark.parametrize("text", sorted(set(plan.CONFIGS.values())))
def test_what_is_to_be_pasted_is_a_launch_spec(text: str) -> None:
    spec = shipped()
    for key, value in yaml.safe_load(text).items():
        spec[key] = {**spec.get(key, {}), **value} if isinstance(value, dict) else value
    parse(spec)


def test_each_start_of_an_id_names_checks() -> None:
    for start in plan.CONFIGS:
        assert any(name.startswith(start) for name in CHECKS), start


def test_duplicates_and_leaks_come_before_the_data_model(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.dart").write_text(
        "import 'package:http/http.dart' as http;\n"
        "Future<void> pay() => http.post(Uri.parse('https://api.stripe.com/v1/charges'));\n"
        "Future<void> ask(String id) =>\n"
        "    FirebaseFirestore.instance.collection('tickets').doc(id).set({'text': 'help'});\n"
    )
    report = scan(tmp_path, Options(datetime(2026, 11, 29, tzinfo=UTC), history=False)).report
    lines = list(plan.lines(report))
    first, second = (
        next(at for at, line in enumerate(lines) if line.startswith(title)) for title in ("First", "Second")
    )
    assert first < next(at for at, line in enumerate(lines) if "payment provider" in line) < second
    assert second < next(at for at, line in enumerate(lines) if "carry no user id" in line)
