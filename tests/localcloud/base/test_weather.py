from __future__ import annotations

import pytest

from localcloud.base import weather
from localcloud.base.weather import LONGEST, Weather
from localcloud.base.world import Resource

MADE = [Resource("gcp:projects/service:Service", f"acme/api-{number}", "", created=1_000.0) for number in range(50)]


def test_delays_follow_from_the_seed_alone_and_differ_by_resource_and_seed() -> None:
    delays = [Weather(7).delay(made) for made in MADE]
    assert delays == [Weather(7).delay(made) for made in MADE]
    assert delays != [Weather(8).delay(made) for made in MADE]
    assert all(LONGEST / 2 <= delay <= LONGEST for delay in delays)
    assert len(set(delays)) > 20


def test_what_was_made_is_hidden_for_its_delay_and_never_longer_than_a_program_waits() -> None:
    sky = Weather(7)
    for made in MADE:
        assert sky.hides(made, made.created + sky.delay(made) - 0.01)
        assert not sky.hides(made, made.created + sky.delay(made))
        assert not sky.hides(made, made.created + weather.settling(sky))
    assert weather.settling(None) == 0


def test_the_weather_is_named_in_words() -> None:
    assert weather.parse("fair") is None
    assert weather.parse("rough") == Weather(1)
    assert weather.parse("rough:12") == Weather(12)
    with pytest.raises(ValueError, match="'stormy' is not a weather: it is fair, rough, or rough:SEED"):
        weather.parse("stormy")
