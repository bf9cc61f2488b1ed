"""The founder's web host."""

from __future__ import annotations

import re

import requests


def test_the_app_names_its_present_build_and_the_build_is_kept_forever(site):
    page, bootstrap = site("GET", "/"), site("GET", "/flutter_bootstrap.js")
    assert page.headers["Cache-Control"] == bootstrap.headers["Cache-Control"] == "no-cache"
    assert "flutter_bootstrap.js" in page.text
    name = re.search(r'"(/assets/app\.[0-9a-f]{8}\.js)"', bootstrap.text)[1]
    assert f'href="{name}"' in page.text
    script = site("GET", name)
    assert script.status_code == 200
    assert "immutable" in script.headers["Cache-Control"]


def test_a_deep_link_gets_the_app_and_a_missing_file_does_not(site):
    assert site("GET", "/orders/7").text == site("GET", "/").text
    missing = site("GET", "/assets/app.00000000.js")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-cache")


def test_the_logo_is_fit_for_bimi(site):
    logo = site("GET", "/logo.svg")
    assert (logo.status_code, logo.headers["Content-Type"]) == (200, "image/svg+xml")
    assert 'baseProfile="tiny-ps"' in logo.text


def test_an_unchanged_page_is_not_sent_again(site):
    etag = site("GET", "/").headers["ETag"]
    answer = site("GET", "/", **{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_site_is_read_only(site):
    assert site("POST", "/").status_code == 405
    assert requests.head(site.url, timeout=5).status_code == 200


def test_the_origin_tells_who_asked_it(site):
    before = len(site.history())
    site("GET", "/orders/8")
    assert [each["path"] for each in site.history()[before:]] == ["/orders/8"]
    assert site("GET", "/_rehearsal/requests?since=x").status_code == 400


def test_of_the_history_only_what_somebody_looks_for_is_sent(site):
    site("GET", "/orders/ünique?of=9")
    site("POST", "/orders/ünique")

    def paths(question: str) -> list[str]:
        return [each["path"] for each in site("GET", f"/_rehearsal/requests?{question}").json()["requests"]]

    assert paths("about=of%3D9") == ["/orders/ünique"]
    assert len(paths("about=/orders/%C3%BCnique")) == 2
    assert paths("about=never") == []
    assert {"/orders/ünique"} <= set(paths("status=401,405"))
    assert paths("status=401,403") == []
    assert paths("status=40") == []
