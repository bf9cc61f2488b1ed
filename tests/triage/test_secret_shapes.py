from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from triage.secrets.patterns import LONGEST, NAMED, PATTERNS, SHAPED, Pattern

NAMES = ("secret", "PASSWORD", "passwd", "apiToken", "api_key", "apiKey", "private_key", "serverKey", "auth-token-id")
SIGNS = ("=", ":", " = ", "=>", " := ", ": String = ", ": String? = ", '"] = ')


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_quick_automaton_announces_each_shape_where_it_begins(pattern: Pattern) -> None:
    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.from_regex(re.compile(pattern.source.decode(), re.ASCII), fullmatch=True))
    def announced(value: str) -> None:
        data = f"const key = '{value}';".encode()
        match = pattern.shape.search(data)
        found = SHAPED.search(data)
        assert match
        assert found
        assert found.start() <= match.start()
        assert match.end() - found.start() < LONGEST

    announced()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sign", SIGNS)
def test_the_quick_automaton_announces_values_that_a_name_calls_secret(name: str, sign: str) -> None:
    assert NAMED.search(f'{name}{sign}"a1B2c3D4e5F6g7"'.encode())
    assert not NAMED.search(f'{name}{sign}"short"'.encode())
