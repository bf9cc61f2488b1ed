from __future__ import annotations

import pytest

from blueprint.finding import Status
from blueprint.outputs import MovedPagePromise, RedirectPromise
from verify.answers.page import Page
from verify.judge.redirects import judge_chain, judge_moved_page, judge_redirect
from verify.web.redirect_chain import Chain

STORE = "https://apps.apple.com/app/id123"
PLAY = "https://play.google.com/store/apps/details?id=com.acme.app"
MOVED = MovedPagePromise(source="acme.test/old", target="https://acme.test/new", status=301)
ROUTE = "https://acme.test/#/join"
QUERY = "from=verify"


def answer(location: str, status: int = 301) -> Page:
    return Page("https://get.acme.test/a?from=verify", status, {"location": location} if location else {})


@pytest.mark.parametrize(
    ("target", "location", "status"),
    [
        (STORE, f"{STORE}?from=verify", Status.PASS),
        (STORE, f"{STORE}/a?from=verify", Status.FAIL),
        (STORE, STORE, Status.FAIL),
        (PLAY, PLAY, Status.PASS),
        (PLAY, f"{PLAY}&from=verify", Status.FAIL),
        (STORE, "", Status.FAIL),
        (ROUTE, ROUTE, Status.PASS),
        (ROUTE, "https://acme.test/", Status.FAIL),
        (ROUTE, "https://acme.test/%23/join", Status.FAIL),
    ],
)
def test_a_host_that_leads_to_one_page_leads_every_path_there(target: str, location: str, status: Status) -> None:
    promise = RedirectPromise(source="get.acme.test", target=target, status=301)
    assert judge_redirect(promise, f"/a?{QUERY}", answer(location)).status is status


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (answer("https://acme.test/new?from=verify"), Status.PASS),
        (answer("https://acme.test/new"), Status.FAIL),
        (answer("https://acme.test/new?from=verify", 302), Status.FAIL),
        (answer("", 200), Status.FAIL),
        (Page("https://acme.test/old", error="timed out"), Status.UNKNOWN),
    ],
)
def test_a_page_that_moved_leads_to_where_it_is_now(page: Page, status: Status) -> None:
    assert judge_moved_page(MOVED, QUERY, page).status is status


@pytest.mark.parametrize(("location", "status"), [(ROUTE, Status.PASS), (f"{ROUTE}?from=verify", Status.FAIL)])
def test_a_page_that_moved_to_a_fragment_leads_there(location: str, status: Status) -> None:
    promise = MovedPagePromise(source="acme.test/join", target=ROUTE, status=301)
    assert judge_moved_page(promise, QUERY, answer(location)).status is status


def test_a_way_to_one_page_keeps_no_path() -> None:
    pages = tuple(Page(url, 301) for url in ("http://get.acme.test/a?b", "https://get.acme.test/a?b"))
    chain = Chain(pages, STORE, loops=False)
    assert judge_chain("get.acme.test", chain, promised=True).status is Status.FAIL
    assert judge_chain("get.acme.test", chain, promised=True, to_one_page=True).status is Status.PASS
