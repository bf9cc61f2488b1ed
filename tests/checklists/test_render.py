from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from checklists.handover import Handover, assemble
from checklists.render import TEMPLATES, to_html, to_markdown
from checklists.signoffs import Signoff

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GROUNDS = ("paper", "ground")
SIGNED = {
    "alerts": Signoff("Ada <b>", "2026-11-23T09:30:00+01:00", "by phone"),
    "hsts": Signoff("Grace", "2026-11-20T09:30:00+00:00"),
}


def document(outputs: Outputs, rehearsal: bool = True) -> Handover:
    findings = [
        Finding("mail.dkim.key", "x._domainkey.acme.test", Status.PASS, "one key", "one [key](x) *here*"),
        Finding("tls.hsts.first_hop", "acme.test", Status.FAIL, "HSTS", "<script>\n| none", fix="switch it on"),
    ]
    return assemble("local", rehearsal, outputs, findings, SIGNED, NOW)


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
    assert ticked == ["dkim", "alerts"]


def test_a_failed_item_says_what_to_do(outputs: Outputs) -> None:
    assert "switch it on" in to_html(document(outputs))
    assert "**Do:** switch it on" in to_markdown(document(outputs))


def test_commands_in_the_text_are_set_as_code_and_stay_harmless(outputs: Outputs) -> None:
    fix = Finding("mail.dmarc.policy", "acme.test", Status.FAIL, "a policy", "none", fix="run `./launch <up>` now")
    html = to_html(assemble("local", True, outputs, [fix], {}, NOW))
    assert "run <code>./launch &lt;up&gt;</code> now" in html


def test_what_needs_attention_is_said_at_the_top(outputs: Outputs) -> None:
    assert "Needs attention" in to_html(document(outputs)).partition("Who has what")[0]


def test_what_was_only_not_looked_at_yet_is_no_alarm_and_names_the_command_that_looks(outputs: Outputs) -> None:
    unproven = assemble("prod", False, outputs, [], {}, NOW)
    head = to_html(unproven).partition("Who has what")[0]
    assert ("Needs attention" in head, "Not proven yet" in head) == (False, True)
    assert "<code>./launch up --stack prod</code> and <code>./launch accept --stack prod</code>" in head
    accepted = to_markdown(unproven).partition("`accept.latency`")[2]
    assert accepted.startswith(". **Do:** run `./launch accept --stack prod`")


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_signature_shows_who_and_when(outputs: Outputs, render: Callable[[Handover], str]) -> None:
    text = render(document(outputs))
    assert re.search(r"Signed by (<b>)?Ada &lt;b", text)
    assert "on 23 November 2026, 09:30 UTC+01:00: “by phone”" in text


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_signature_that_the_evidence_contradicts_counts_for_nothing(
    outputs: Outputs, render: Callable[[Handover], str]
) -> None:
    text = render(document(outputs))
    assert re.search(r"Grace(</b>)? signed this on 20 November 2026, 09:30 UTC, when it held", text)


def test_markdown_is_lists_and_tables_and_holds_no_html(outputs: Outputs) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(document(outputs)))
    inline = [child for token in tokens for child in token.children or []]
    assert sum(token.type == "table_open" for token in tokens) == 4
    assert not [token for token in (*tokens, *inline) if token.type.startswith("html")]
    assert "one [key](x) *here*" in "".join(token.content for token in inline)
    assert [token for token in inline if token.type == "link_open" and token.attrs["href"] == "x"] == []


def test_each_colour_can_be_read_on_its_ground() -> None:
    css = (TEMPLATES / "handover.css").read_text()
    for colours in re.findall(r":root \{(.*?)\}", css, re.DOTALL):
        named = dict(re.findall(r"--([\w-]+): (#\w{6})", colours))
        pairs = [(ink, ground) for ink in ("ink", "soft", "good", "bad", "care", "todo") for ground in GROUNDS]
        pairs += [(name, f"{name}-ground") for name in ("good", "bad", "care", "todo")]
        pairs += [("ink", f"{name}-ground") for name in ("bad", "care")] + [("soft", "bad-ground")]
        poor = {pair: contrast(named[pair[0]], named[pair[1]]) for pair in pairs}
        assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}  # WCAG 2.2, 1.4.3


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_rehearsal_says_that_it_is_one_and_production_does_not(outputs: Outputs) -> None:
    for render in (to_html, to_markdown):
        assert "simulated" in render(document(outputs))
        assert "simulated" not in render(document(outputs, rehearsal=False))


def test_an_ampersand_reads_the_same_in_a_terminal_and_on_the_page(outputs: Outputs) -> None:
    assert "Under Budgets & alerts" in to_markdown(document(outputs))
    assert "Under Budgets &amp; alerts" in to_html(document(outputs))


def test_everything_that_was_verified_is_told_by_area_the_worst_first(outputs: Outputs) -> None:
    extra = [
        Finding("dns.cname.takeover", "app.acme.test", Status.PASS, "ours", "ours"),
        Finding("dns.delegation.serial", "acme.test", Status.UNKNOWN, "one serial", "timed out", fix="again"),
        Finding("flow.payment", "acme.test", Status.PASS, "paid", "paid"),
    ]
    made = assemble("local", True, outputs, extra, {}, NOW)
    (area,) = made.verified
    assert (area.title, area.counts) == ("Delegation and DNS", "1 of 2 checks passed, 1 could not be checked")
    section = to_html(made).partition('id="verified"')[2].partition("</section>")[0]
    assert section.index("timed out") < section.index("app.acme.test")
    assert "flow.payment" not in section
    assert f"| {area.title} | {area.counts} |" in to_markdown(made)


def test_nothing_verified_has_no_section(outputs: Outputs) -> None:
    made = assemble("local", True, outputs, [], {}, NOW)
    assert 'id="verified"' not in to_html(made)


def test_a_worker_in_the_load_balancers_place_is_told_with_what_it_means(outputs: Outputs) -> None:
    direct = outputs.model_copy(update={"gateway_address": ""})
    page = to_markdown(document(direct))
    assert "where the edge’s secret header alone keeps strangers out" in page
    assert "Load balancer" not in page


def test_variables_of_the_services_are_listed_and_cannot_break_the_table(outputs: Outputs) -> None:
    service = outputs.services[0].model_copy(update={"env": {"APP_STAGE": "a | `b` <i>"}})
    made = document(outputs.model_copy(update={"services": (service,)}))
    assert "| Variable `APP_STAGE` of `intake` | a \\| `b` &lt;i> |" in to_markdown(made)
    assert "<dt>Variable APP_STAGE of intake</dt><dd><code>a | `b` &lt;i&gt;</code></dd>" in to_html(made)
