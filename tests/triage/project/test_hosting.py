"""Header globs of Firebase Hosting that no pattern matcher with backtracking comes to the end of."""

from __future__ import annotations

import json

import pytest

from triage.project.hosting import hosting_hits


def pinned(source: str) -> str:
    """Return which entry points a firebase.json keeps in browsers whose one header has this glob."""
    header = {"key": "Cache-Control", "value": "max-age=31536000"}
    config = {"hosting": {"public": "build/web", "headers": [{"source": source, "headers": [header]}]}}
    return ", ".join(hit.subject for hit in hosting_hits(config, json.dumps(config)))


@pytest.mark.parametrize("glob", ["*?" * 12 + "b", "@(e|*)" * 12 + "q", "@(e|*)" * 150 + "q", "?(*)" * 200 + "q"])
def test_a_glob_of_many_lists_with_stars_is_answered_at_once(glob: str) -> None:
    assert pinned(glob) == ""


@pytest.mark.parametrize(
    ("glob", "points"),
    [
        ("*i*n*d*e*x*", "/index.html"),
        ("*index.html", "/index.html"),
        ("!(index.html)index.html", "/index.html"),
        ("!(*.js|*.html)", "/version.json"),
        ("**/!(*.js|*.json)", "/index.html"),
        ("*(i|n)dex.@(html|htm)", "/index.html"),
    ],
)
def test_stars_and_lists_take_what_they_took(glob: str, points: str) -> None:
    assert pinned(glob) == points
