from __future__ import annotations

import time

import pytest

from engine import build, heartbeat, pulumi_archive, setup

PACKAGE = "example.test/cmd/pulumi"


def test_a_long_step_that_says_nothing_is_still_told_of() -> None:
    told: list[str] = []
    with heartbeat.telling(0.01, told.append, lambda: f"{len(told)} so far"):
        time.sleep(0.2)
    assert told[:2] == ["0 so far", "1 so far"]
    count = len(told)
    time.sleep(0.05)
    assert len(told) == count


def test_what_does_not_change_is_said_ever_more_seldom() -> None:
    told: list[str] = []
    with heartbeat.telling(0.01, told.append, lambda: "unpacking"):
        time.sleep(0.5)
    assert 2 <= len(told) <= 7


def test_a_step_that_fails_ends_it_too() -> None:
    told: list[str] = []
    with pytest.raises(ValueError, match="no"), heartbeat.telling(60, told.append, str):
        raise ValueError("no")
    assert told == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "0 of 2"),
        (["Collecting small==1.0 (from -r requirements.txt)", "  Downloading small"], "1 of 2, now small"),
        (
            ["Collecting a==1", "Collecting b==2", "Installing collected packages: a, b"],
            "all 2 are here, unpacking them",
        ),
    ],
)
def test_the_set_up_says_which_library_it_is_at(said: list[str], words: str) -> None:
    assert setup.progress(said, 2) == words


def test_the_build_says_when_it_links_which_takes_long_and_says_nothing() -> None:
    said = ["go: downloading example.test/a v1.0.0", "example.test/a"]
    assert build.progress(said, PACKAGE) == "1 modules fetched, 1 packages compiled"
    assert build.progress([*said, PACKAGE], PACKAGE) == "1 modules fetched, 2 packages compiled, linking the program"


@pytest.mark.parametrize(
    "line",
    [
        "urllib.error.URLError: <urlopen error [Errno -2] no such host>",
        "socket.gaierror: no such host",
        "SomeError: no such host",
        "no such host",
    ],
)
def test_the_installers_reason_is_told_without_the_names_of_exceptions(line: str) -> None:
    assert pulumi_archive.plain(line) == "no such host"
