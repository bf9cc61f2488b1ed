from __future__ import annotations

import pytest
from pydantic import ValidationError

from blueprint.spec import Redirect


@pytest.mark.parametrize(
    ("target", "is_to_one_page"),
    [
        ("https://acme.test", False),
        ("https://apps.apple.com/app/id123", True),
        ("https://apps.apple.com/de/app/acme/id123?mt=8", True),
        ("https://play.google.com/store/apps/details?id=com.acme.app", True),
        ("https://acme.test/#/join", True),
        ("https://acme.test/app?a=b#/join?code=1", True),
    ],
)
def test_a_target_with_a_path_is_one_page(target: str, is_to_one_page: bool) -> None:
    redirect = Redirect(source="get.acme.test", target=target)
    assert redirect.is_to_one_page is is_to_one_page
    assert "/" not in redirect.target_host


@pytest.mark.parametrize(
    "target",
    [
        "https://acme.test/#",
        "https://acme.test#/a",
        "https://acme.test/",
        "http://acme.test/a",
        "acme.test/a",
        'https://acme.test/a"b',
        "https://acme.test/a b",
    ],
)
def test_what_is_no_address_is_refused(target: str) -> None:
    with pytest.raises(ValidationError, match="an https address"):
        Redirect(source="get.acme.test", target=target)


def test_a_host_cannot_lead_to_a_page_of_its_own() -> None:
    with pytest.raises(ValidationError, match="redirects to itself"):
        Redirect(source="get.acme.test", target="https://get.acme.test/app")
