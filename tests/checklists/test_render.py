from __future__ import annotations

import re
from datetime import UTC, datetime

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from checklists.handover import Handover, assemble
from checklists.render import to_html, to_markdown
from checklists.signoffs import Signoff

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def document(outputs: Outputs, rehearsal: bool = True) -> Handover:
    findings = [
        Finding("mail.spf.single", "acme.test", Status.PASS, "one record", "one record"),
        Finding("web.hsts.first_hop", "acme.test", Status.FAIL, "HSTS", "<script>\n| none", fix="switch it on"),
    ]
    return assemble("local", rehearsal, outputs, findings, {"alerts": Signoff("Ada", "2026-11-23", "by phone")}, NOW)


def test_the_page_shows_every_item_with_its_state(outputs: Outputs) -> None:
    shown = dict(re.findall(r'data-item="([^"]+)" data-state="([^"]+)"', to_html(document(outputs))))
    assert shown == {line.item.id: line.state.value for line in document(outputs).lines}


def test_the_page_needs_nothing_from_elsewhere(outputs: Outputs) -> None:
    assert not re.search(r'(?:src|href)="(?!#|mailto:)', to_html(document(outputs)))


def test_what_was_observed_cannot_break_the_page(outputs: Outputs) -> None:
    html = to_html(document(outputs))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Ada &lt;Founder&gt;" in html


def test_what_was_observed_cannot_break_the_markdown(outputs: Outputs) -> None:
    text = to_markdown(document(outputs))
    assert "<script>" not in text
    assert "seen &lt;script> \\| none" in text


def test_markdown_ticks_only_what_is_done(outputs: Outputs) -> None:
    ticked = re.findall(r"^- \[x\].*`(\w+)`,", to_markdown(document(outputs)), re.MULTILINE)
    assert ticked == ["spf", "alerts"]


def test_a_failed_item_says_what_to_do(outputs: Outputs) -> None:
    assert "switch it on" in to_html(document(outputs))
    assert "**Do:** switch it on" in to_markdown(document(outputs))


def test_commands_in_the_text_are_set_as_code_and_stay_harmless(outputs: Outputs) -> None:
    fix = Finding("mail.dmarc.policy", "acme.test", Status.FAIL, "a policy", "none", fix="run `./launch <up>` now")
    html = to_html(assemble("local", True, outputs, [fix], {}, NOW))
    assert "run <code>./launch &lt;up&gt;</code> now" in html


def test_what_needs_attention_is_said_at_the_top(outputs: Outputs) -> None:
    assert "Needs attention" in to_html(document(outputs)).partition("<main>")[0]


def test_a_rehearsal_says_that_it_is_one_and_production_does_not(outputs: Outputs) -> None:
    for render in (to_html, to_markdown):
        assert "simulated" in render(document(outputs))
        assert "simulated" not in render(document(outputs, rehearsal=False))
