"""The handover page as a reader sees it: opened in a real browser, and held against what the command says."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from blueprint.finding import Status
from checklists import evidence
from checklists.acceptance_items import ACCEPTED
from checklists.canonical import digest
from cli import results
from engine.home import Home

pytestmark = pytest.mark.stack

DESKTOP, PHONE = 1280, 390  # CSS pixels
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
ITEMS = """JSON.stringify([...document.querySelectorAll('[data-item]')].map(one => [
    one.dataset.item, one.dataset.state, one.querySelector('.state').innerText, one.getBoundingClientRect().height]))"""
PROOFS = """JSON.stringify([...document.querySelectorAll('[data-item]')].map(
    one => [...one.querySelectorAll('.proofs small')].map(proof => proof.textContent)))"""
OTHERS = "JSON.stringify([...document.querySelectorAll('.area small')].map(one => one.textContent))"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
WIDTHS = """JSON.stringify([document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')].map(
    one => Math.ceil(one.getBoundingClientRect().right))])"""
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Browser:
    """Chromium, driven by the DevTools protocol through two pipes; `--window-size` goes no lower than 500 pixels.

    `asked` holds the addresses of all requests that pages made.
    """

    commands: int
    answers: int
    session: str = ""
    asked: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _read: bytearray = field(default_factory=bytearray)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        message |= {"sessionId": self.session} if self.session else {}
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != number:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def open(self, page: Path, width: int) -> None:
        """Show a page in a window of so many pixels, and wait until it has loaded."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        self.call("Page.navigate", url=page.as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def screenshot(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            came = os.read(self.answers, 1 << 16)
            assert came, "the browser has ended"
            self._read += came
        line, _, rest = bytes(self._read).partition(b"\0")
        self._read = bytearray(rest)
        message: dict[str, Any] = json.loads(line)
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        return message


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("left out: chromium is not installed")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    theirs_in, commands = os.pipe()
    answers, theirs_out = os.pipe()
    profile = f"--user-data-dir={tmp_path_factory.mktemp('profile')}"
    onto_3_and_4 = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'  # where chromium looks for its pipes
    arguments = ["bash", "-c", onto_3_and_4, chromium, *FLAGS, profile, "--remote-debugging-pipe"]
    with subprocess.Popen(arguments, pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            root = Browser(commands, answers)
            target = root.call("Target.createTarget", url="about:blank")["targetId"]
            session = root.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            opened = replace(root, session=session)
            opened.call("Page.enable")
            opened.call("Network.enable")
            yield opened
        finally:
            process.terminate()
            os.close(commands)
            os.close(answers)


def said(launch: Any) -> dict[str, str]:
    """Each item with its state, as the command says; it renews the page as well."""
    lines = launch.run("checklist", "--json", "--no-pdf").stdout.splitlines()
    return {line["item"]: line["state"] for line in map(json.loads, lines)}


def shown(browser: Browser, page: Path, width: int = DESKTOP) -> dict[str, str]:
    """Each item with the state that a reader of the page sees."""
    browser.open(page, width)
    items = json.loads(browser.evaluate(ITEMS))
    assert all(height > 0 and state == text for _, state, text, height in items), items
    assert len({item for item, *_ in items}) == len(items)
    return {item: text for item, _, text, _ in items}


@pytest.fixture
def copied(launch: Any, tmp_path: Path) -> Any:
    """The stack's results in a folder of their own, to be changed."""
    copy = replace(launch, root=tmp_path)
    copy.home.mkdir()
    shutil.copy(launch.home / "outputs.json", copy.home / "outputs.json")
    shutil.copytree(kept(launch), kept(copy))
    return copy


def kept(launch: Any) -> Path:
    """Where the record of the handover lies."""
    folder: Path = launch.home / "state" / ".launch" / launch.stack
    return folder


@pytest.fixture
def clone(launch: Any, tmp_path: Path) -> Any:
    """A clean clone on a second laptop: of the stack it has the state alone, and what is kept beside it."""
    second = replace(launch, root=tmp_path / "second")
    shutil.copytree(launch.home / "state", second.home / "state")
    return second


def rewrite(launch: Any, sheet: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a sheet of evidence and register it as if it had been taken so."""
    register = json.loads((kept(launch) / "register.json").read_text())
    values = json.loads((kept(launch) / evidence.file_of(sheet, register[sheet])).read_text())
    change(values)
    register[sheet] = digest(values)
    (kept(launch) / evidence.file_of(sheet, register[sheet])).write_text(json.dumps(values))
    (kept(launch) / "register.json").write_text(json.dumps(register))


def worsen(launch: Any, finding_id: str) -> None:
    """Have a finding fail."""
    home = Home(launch.stack, launch.home)
    known = [proof.finding for proof in results.document(home).record.proofs if proof.finding.id == finding_id]
    spoilt = {"status": Status.FAIL, "observed": "something else <b>entirely</b>", "fix": "Run `./launch up`."}
    found = [replace(one, **spoilt) for one in known]
    results.keep_findings(home, found, "./launch verify", results.only([finding_id]))


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_page_shows_every_item_with_its_state(launch: Any, browser: Browser, width: int) -> None:
    wanted = said(launch)
    unproven = {item for item, state in wanted.items() if state not in ("rehearsed", "to be signed", "not applicable")}
    assert unproven <= {item.id for item in ACCEPTED}
    assert {wanted[item] for item in unproven} <= {"not checked"}  # until `accept` is played
    assert shown(browser, launch.home / "HANDOVER.html", width) == wanted
    assert browser.screenshot().startswith(PNG)


def test_every_finding_is_shown_once_as_the_proof_of_an_item_or_among_what_else_was_seen(
    launch: Any, browser: Browser
) -> None:
    browser.open(launch.home / "HANDOVER.html", DESKTOP)
    made = Counter(finding["id"] for finding in launch.findings())
    items, others = json.loads(browser.evaluate(PROOFS)), Counter(json.loads(browser.evaluate(OTHERS)))
    assert Counter(id_ for proofs in items for id_ in proofs) + others == made
    assert all(others.values())


def test_nothing_sticks_out_on_a_phone_or_a_desktop(copied: Any, browser: Browser) -> None:
    worsen(copied, "mail.dkim.key")
    said(copied)
    for width in (PHONE, DESKTOP):
        browser.open(copied.home / "HANDOVER.html", width)
        browser.evaluate(OPEN_ALL)
        assert max(json.loads(browser.evaluate(WIDTHS))) <= width


def test_the_page_asks_nobody_for_anything(launch: Any, browser: Browser) -> None:
    browser.asked.clear()
    page = launch.home / "HANDOVER.html"
    browser.open(page, DESKTOP)
    assert browser.asked == [page.as_uri()]


def test_without_open_items_and_proofs_it_fits_on_twelve_sheets_of_paper(launch: Any, browser: Browser) -> None:
    browser.open(launch.home / "HANDOVER.html", DESKTOP)
    browser.evaluate("document.querySelectorAll('#open, #appendix').forEach(one => one.remove())")
    printed = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert 8 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12


def test_what_is_too_wide_or_comes_from_elsewhere_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        '<!doctype html><meta name="viewport" content="width=device-width">'
        '<p style="width: 500px">wide</p><img src="http://127.0.0.1:9/from-elsewhere.png">'
    )
    browser.asked.clear()
    browser.open(page, PHONE)
    assert max(json.loads(browser.evaluate(WIDTHS))) > PHONE
    assert browser.asked == [page.as_uri(), "http://127.0.0.1:9/from-elsewhere.png"]


def test_a_finding_that_fails_turns_its_item_red_and_leads_the_page(copied: Any, browser: Browser) -> None:
    before = said(copied)
    worsen(copied, "tls.hsts.first_hop")
    assert shown(browser, copied.home / "HANDOVER.html") == before
    assert said(copied) == before | {"hsts": "failed"}
    assert shown(browser, copied.home / "HANDOVER.html") == before | {"hsts": "failed"}
    attention = browser.evaluate("document.querySelector('.attention').innerText")
    assert "HSTS: browsers are told to come by https only: failed" in attention
    assert browser.evaluate("document.querySelector('#open-hsts .fix').checkVisibility()")
    assert "something else <b>entirely</b>" in browser.evaluate("document.querySelector('#open-hsts').innerText")


def test_without_findings_nothing_is_ticked(copied: Any, browser: Browser) -> None:
    shutil.rmtree(kept(copied))
    states = said(copied)
    assert set(states.values()) == {"not checked", "to be signed"}
    assert shown(browser, copied.home / "HANDOVER.html") == states


def test_a_signature_shows_who_and_when_until_the_evidence_contradicts_it(copied: Any, browser: Browser) -> None:
    copied.well("checklist", "sign", "hsts", "--by", "Ada Founder")
    copied.well("checklist", "sign", "billing", "--by", "Grace", "--note", "on Monday")
    assert shown(browser, copied.home / "HANDOVER.html")["billing"] == "signed"
    text = browser.evaluate("document.querySelector('#billing .signed-by').innerText")
    assert text.startswith("Signed by Grace on ")
    assert text.endswith("“on Monday”")
    assert "Signed by Ada Founder" in browser.evaluate("document.querySelector('#hsts').innerText")

    worsen(copied, "tls.hsts.first_hop")
    said(copied)
    assert shown(browser, copied.home / "HANDOVER.html")["hsts"] == "failed"
    text = browser.evaluate("document.querySelector('#open-hsts').innerText")
    assert "Ada Founder signed this on" in text
    assert "counts for nothing" in text


def test_an_unknown_item_cannot_be_signed_and_the_near_ones_are_named(copied: Any) -> None:
    refused = copied.run("checklist", "sign", "name-servers", "--by", "Ada")
    assert refused.returncode == 2
    assert "did you mean nameservers?" in refused.stderr
    assert not (kept(copied) / "signatures.json").exists()


def test_a_clean_clone_shows_the_same_handover(launch: Any, clone: Any) -> None:
    here, there = (one.run("checklist", "--json", "--no-pdf") for one in (launch, clone))
    assert there.stdout == here.stdout
    assert len(here.stdout.splitlines()) > 40


def test_in_a_clean_clone_a_signature_is_found_and_counts_for_what_was_signed_alone(clone: Any) -> None:
    clone.well("checklist", "sign", "nameservers", "--by", "Ada Founder")
    third = replace(clone, root=clone.root.parent / "third")
    shutil.copytree(clone.home / "state", third.home / "state")
    assert said(third)["nameservers"] == "signed"
    file = kept(third) / "signatures.json"
    moved = json.loads(file.read_text())
    moved["nameservers"]["subject"]["domain"] = "other.test"
    moved["billing"] = moved["nameservers"]
    file.write_text(json.dumps(moved))
    states = said(third)
    assert (states["nameservers"], states["billing"]) == ("to be signed", "to be signed")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda one: one.update(subject={**one["subject"], "stack": "prod"}), "it is of stack prod"),
        (lambda one: one.update(subject={**one["subject"], "domain": "other.test"}), "it is of domain other.test"),
        (lambda one: one.update(deployment="0" * 64), "the stack has changed since the evidence was taken"),
        (lambda one: [each.update(taken_at="2026-01-01T00:00:00+00:00") for each in one["findings"]], "counted until"),
    ],
    ids=["another stack", "another domain", "another deployment", "expired"],
)
def test_in_a_clean_clone_foreign_and_old_evidence_is_refused(clone: Any, spoil: Any, reason: str) -> None:
    rewrite(clone, "verified", spoil)
    lines = {
        line["item"]: line for line in map(json.loads, clone.run("checklist", "--json", "--no-pdf").stdout.splitlines())
    }
    assert not lines["dkim"]["ready"]
    assert reason in lines["dkim"]["reason"]
    assert lines["payment"]["ready"], "the other sheet is as it was"


def test_in_a_clean_clone_a_file_of_evidence_that_was_changed_is_refused(clone: Any) -> None:
    (file,) = (kept(clone) / "evidence").glob("verified-*.json")
    file.write_text(file.read_text().replace("a key in use", "a key in user", 1))
    assert "its hash does not match" in clone.run("checklist", "--no-pdf").stdout
