from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt
from markupsafe import escape

from blueprint.finding import Finding, Status
from blueprint.outputs import EdgePromise, EdgeRule, Outputs
from blueprint.spec import Spec
from checklists.handover import Handover
from checklists.render import TEMPLATES, to_html, to_markdown
from checklists.subject import Subject
from checklists.view import View

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GROUNDS = ("paper", "ground", "faint")
Make = Callable[..., Handover]
Keep = Callable[..., None]
WORDS = (
    *("DNS", "redirects", "subdomains", "Cloudflare", "SSL", "caching", "DDoS", "SPF", "DKIM", "DMARC"),
    *("production deployment", "environment variables", "secrets", "uptime"),
)
"""What founders ask a launch for; each has to be found from the first page."""


@pytest.fixture
def document(keep: Keep, sign: Keep, made: Make, spec: Spec) -> Handover:
    """A handover with one proof, one failure, and two signatures."""
    keep(
        Finding("mail.dkim.key", "x._domainkey.acme.test", Status.PASS, "one key", "one [key](x) *here*"),
        Finding("tls.hsts.first_hop", "acme.test", Status.FAIL, "HSTS", "<script>\n| none", fix="switch it on"),
    )
    sign("alerts", by="Ada <b>", at=datetime.fromisoformat("2026-11-23T09:30:00+01:00"), note="by phone")
    sign("hsts", by="Grace", at=datetime.fromisoformat("2026-11-20T09:30:00+00:00"))
    return made(spec=spec)


def test_the_page_shows_every_item_once_with_its_state(document: Handover) -> None:
    shown = re.findall(r'data-item="([^"]+)" data-state="([^"]+)"', to_html(document))
    assert dict(shown) == {line.item.id: line.state.value for line in document.lines}
    assert len(shown) == len(document.lines)


def test_every_proof_stands_once(document: Handover) -> None:
    html = to_html(document)
    assert html.count("<small>mail.dkim.key</small>") == 1
    assert html.count("<small>tls.hsts.first_hop</small>") == 1


def test_the_page_loads_nothing_from_elsewhere(document: Handover) -> None:
    html = to_html(document)
    assert not re.search(r"\bsrc=|<link|@import|url\(|<script", html)
    assert all(link.startswith(("#", "mailto:", "https://")) for link in re.findall(r'href="([^"]*)"', html))


def test_every_link_within_the_page_leads_somewhere(document: Handover) -> None:
    html = to_html(document)
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]*)"', html)) <= ids
    assert len(ids) == len(re.findall(r'\bid="([^"]+)"', html))


@pytest.mark.parametrize("word", WORDS)
def test_what_founders_ask_for_is_found_from_the_first_page(document: Handover, word: str) -> None:
    html = to_html(document)
    first, _, rest = html.partition('id="open"')
    target = re.search(rf'<a href="#([\w-]+)">{re.escape(word)}</a>', first)
    assert target, f"{word} is not in the index"
    section = rest.partition(f'id="{target[1]}"')[2].partition("</section>")[0]
    assert word.lower().rstrip("s") in re.sub(r"<[^>]+>", "", section).lower()
    assert "handover" in first.lower()


def test_chapters_have_numbers_and_on_paper_the_index_names_them(document: Handover) -> None:
    html = to_html(document)
    for number, page in enumerate(View(document).pages, 1):
        assert f'<span class="number">{number} </span>{escape(page.title)}</h2>' in html
    assert re.search(r'>DDoS</a><small class="paper"> 5</small>', html)


def test_the_contents_name_every_chapter_before_anything_else_is_told(document: Handover) -> None:
    before = to_html(document).partition("<main>")[0]
    for number, page in enumerate(View(document).pages, 1):
        assert f'<li value="{number}"><a href="#p-{page.id}">{escape(page.title)}</a></li>' in before
    titles = " ".join(page.title for page in View(document).pages).lower()
    missing = [word for word in WORDS if word.lower() not in titles]
    assert missing == [], "a reader of the contents alone has to find it"


def test_the_picture_of_a_requests_way_cuts_no_words_of_our_own(document: Handover) -> None:
    picture = to_html(document).partition('id="p-request"')[2].partition("</svg>")[0]
    assert "…" not in picture
    assert "load balancer" in picture


def test_the_first_page_says_what_was_launched_what_is_left_what_ends_and_what_it_costs(document: Handover) -> None:
    first = to_html(document).partition('id="open"')[0]
    for told in (
        "What is left, and for whom",
        "What ends when",
        "What it costs a month",
        "State by section",
        "Not ready",
    ):
        assert told in first
    assert "api.acme.test" in first
    assert first.count("<svg") >= 6


def test_open_items_come_right_after_the_first_page_with_steps_and_command(document: Handover) -> None:
    html = to_html(document)
    open_ = html.partition('id="open"')[2].partition('id="p-accounts"')[0]
    for line in document.undone:
        assert f'id="open-{line.item.id}"' in open_
        assert all(str(escape(step.split("`")[0])) in open_ for step in line.steps)
    assert "./launch checklist sign nameservers" in open_


def test_no_step_asks_for_what_the_toolkit_does_itself(document: Handover) -> None:
    text = to_markdown(document)
    assert "push edge-key" not in text
    assert "./launch stripe connect" in text
    assert "./launch secrets rotate" in text
    assert "set a monthly amount" not in text


def test_what_was_observed_cannot_break_the_page(document: Handover) -> None:
    html = to_html(document)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Ada &lt;Founder&gt;" in html


def test_hostile_names_cannot_break_pictures_or_tables(made: Make, outputs: Outputs, spec: Spec) -> None:
    nasty = 'a"><script>alert(1)</script>'
    service = outputs.services[0].model_copy(update={"name": nasty, "env": {nasty: nasty}})
    rule = EdgeRule(phase="Security rules", title=nasty, action="block", what=nasty)
    edge = EdgePromise(**{**outputs.edge.model_dump(), "rules": (rule,)})
    hostile = outputs.model_copy(update={"services": (service,), "web_hosts": (nasty,), "edge": edge})
    html = to_html(made(of=hostile, spec=spec))
    assert "<script" not in html


def test_what_was_observed_cannot_break_the_markdown(document: Handover) -> None:
    text = to_markdown(document)
    assert "<script>" not in text
    assert "&lt;script> \\| none" in text


def test_markdown_ticks_only_what_is_done(document: Handover) -> None:
    ticked = re.findall(r"^- \[x\].*`(\w+)`,", to_markdown(document), re.MULTILINE)
    assert ticked == ["dkim", "alerts"]


def test_a_failed_item_says_what_to_do(document: Handover) -> None:
    assert "switch it on" in to_html(document)
    assert "**Do:** switch it on" in to_markdown(document)


def test_commands_in_the_text_are_set_as_code_and_stay_harmless(keep: Keep, made: Make) -> None:
    keep(Finding("mail.dmarc.policy", "acme.test", Status.FAIL, "a policy", "none", fix="run `./launch <up>` now"))
    assert "run <code>./launch &lt;up&gt;</code> now" in to_html(made())


def test_what_needs_attention_is_said_at_the_top(document: Handover) -> None:
    assert "Needs attention" in to_html(document).partition("What is left, and")[0]


def test_what_was_only_not_looked_at_yet_is_no_alarm_and_names_the_command_that_looks(
    made: Make, real: Subject
) -> None:
    head = to_html(made(subject=real)).partition("What is left, and")[0]
    assert ("Needs attention" in head, "Not proven yet" in head) == (False, True)
    assert "<code>./launch up --stack prod</code> and <code>./launch verify --stack prod</code>" in head
    waiting = to_markdown(made(subject=real)).partition("`tls.versions.new`")[2]
    assert waiting.startswith(". **Do:** run `./launch verify --stack prod`")


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_signature_shows_who_and_when(document: Handover, render: Callable[[Handover], str]) -> None:
    text = render(document)
    assert re.search(r"Signed by (<b>)?Ada &lt;b", text)
    assert "on 23 November 2026, 09:30 UTC+01:00: “by phone”" in text


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_signature_that_the_evidence_contradicts_counts_for_nothing(
    document: Handover, render: Callable[[Handover], str]
) -> None:
    assert re.search(r"Grace(</b>)? signed this on 20 November 2026, 09:30 UTC, when it held", render(document))


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_signature_for_something_else_says_why_it_counts_for_nothing(
    sign: Keep, made: Make, real: Subject, render: Callable[[Handover], str]
) -> None:
    sign("firebase", by="Grace")
    assert "counts for nothing: it is of a rehearsal, and this is the real world" in render(made(subject=real))


def test_evidence_that_is_refused_is_said_with_the_reason(
    document: Handover, made: Make, shelf: object, spec: Spec
) -> None:
    shelf.files[shelf.verified] = "{}"  # type: ignore[attr-defined]
    for render in (to_html, to_markdown):
        assert "its hash does not match" in render(made(spec=spec))


def test_markdown_is_lists_and_tables_and_holds_no_html(document: Handover) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(document))
    inline = [child for token in tokens for child in token.children or []]
    assert sum(token.type == "table_open" for token in tokens) > 12
    assert not [token for token in (*tokens, *inline) if token.type.startswith("html")]
    assert "one [key](x) *here*" in "".join(token.content for token in inline)
    assert [token for token in inline if token.type == "link_open" and token.attrs["href"] == "x"] == []


def test_markdown_has_every_page_of_the_html(document: Handover) -> None:
    text = to_markdown(document)
    for page in View(document).pages:
        assert f"## {page.title}" in text


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


def test_a_rehearsal_says_that_it_is_one_and_production_does_not(made: Make, real: Subject) -> None:
    for render in (to_html, to_markdown):
        assert "simulated" in render(made())
        assert "simulated" not in render(made(subject=real))


def test_everything_that_was_verified_is_told_by_area(keep: Keep, made: Make) -> None:
    keep(
        Finding("dns.cname.takeover", "app.acme.test", Status.PASS, "ours", "ours"),
        Finding("dns.strange", "acme.test", Status.UNKNOWN, "one serial", "timed out", fix="again"),
        Finding("flow.payment", "acme.test", Status.PASS, "paid", "paid"),
    )
    (area,) = made().verified
    assert (area.title, area.counts) == ("Delegation and DNS", "1 of 2 checks passed, 1 could not be checked")
    section = to_html(made()).partition('id="verified"')[2].partition("</section>")[0]
    assert "timed out" in section
    assert "app.acme.test" not in section, "it is the proof of an item already"
    assert f"| {area.title} | {area.counts} |" in to_markdown(made())


def test_nothing_verified_has_no_section(made: Make) -> None:
    assert 'id="verified"' not in to_html(made())


def test_a_worker_in_the_load_balancers_place_is_told_with_what_it_means(made: Make, outputs: Outputs) -> None:
    direct = made(of=outputs.model_copy(update={"gateway_address": ""}))
    page = to_markdown(direct)
    assert "the edge's secret header alone keeps strangers out" in page
    assert "load balancer 127" not in page


def test_variables_of_the_services_are_listed_and_cannot_break_the_table(made: Make, outputs: Outputs) -> None:
    service = outputs.services[0].model_copy(update={"env": {"APP_STAGE": "a | b <i>"}})
    document = made(of=outputs.model_copy(update={"services": (service,)}))
    assert "| `APP_STAGE` | intake | set by you: `a \\| b <i>` |" in to_markdown(document)
    assert "set by you: <code>a | b &lt;i&gt;</code>" in to_html(document)


def test_no_value_of_a_secret_can_be_on_the_page(document: Handover) -> None:
    assert document.spec
    key = document.spec.mail.dkim["google"]
    assert key not in to_html(replace(document, made_at=NOW))
