"""Google Cloud's regions, and the places where Firestore keeps data, as data.

Sources: https://cloud.google.com/run/docs/locations, https://cloud.google.com/about/locations,
https://firebase.google.com/docs/firestore/locations; looked up in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from blueprint.suggestion import closest, did_you_mean, shown

REGIONS: Mapping[str, str] = {
    "africa-south1": "Johannesburg, South Africa",
    "asia-east1": "Changhua, Taiwan",
    "asia-east2": "Hong Kong",
    "asia-northeast1": "Tokyo, Japan",
    "asia-northeast2": "Osaka, Japan",
    "asia-northeast3": "Seoul, South Korea",
    "asia-south1": "Mumbai, India",
    "asia-south2": "Delhi, India",
    "asia-southeast1": "Singapore",
    "asia-southeast2": "Jakarta, Indonesia",
    "asia-southeast3": "Bangkok, Thailand",
    "australia-southeast1": "Sydney, Australia",
    "australia-southeast2": "Melbourne, Australia",
    "europe-central2": "Warsaw, Poland",
    "europe-north1": "Hamina, Finland",
    "europe-north2": "Stockholm, Sweden",
    "europe-southwest1": "Madrid, Spain",
    "europe-west1": "St. Ghislain, Belgium",
    "europe-west10": "Berlin, Germany",
    "europe-west12": "Turin, Italy",
    "europe-west2": "London, England, United Kingdom",
    "europe-west3": "Frankfurt, Germany",
    "europe-west4": "Eemshaven, Netherlands",
    "europe-west6": "Zurich, Switzerland",
    "europe-west8": "Milan, Italy",
    "europe-west9": "Paris, France",
    "me-central1": "Doha, Qatar",
    "me-central2": "Dammam, Saudi Arabia",
    "me-west1": "Tel Aviv, Israel",
    "northamerica-northeast1": "Montreal, Canada",
    "northamerica-northeast2": "Toronto, Canada",
    "northamerica-south1": "Queretaro, Mexico",
    "southamerica-east1": "Sao Paulo, Brazil",
    "southamerica-west1": "Santiago, Chile",
    "us-central1": "Iowa, United States",
    "us-east1": "South Carolina",
    "us-east4": "Northern Virginia",
    "us-east5": "Columbus, Ohio",
    "us-south1": "Dallas, Texas",
    "us-west1": "Oregon",
    "us-west2": "Los Angeles, California",
    "us-west3": "Salt Lake City, Utah",
    "us-west4": "Las Vegas, Nevada",
}
"""Where Cloud Run serves: region → place."""

MULTI_REGIONS: Mapping[str, str] = {"eur3": "Europe", "nam5": "United States", "nam7": "United States"}
"""Firestore's places that span regions. No service runs in them, and their databases are as good as any."""

WITHOUT_FIRESTORE = frozenset({"asia-southeast3", "europe-north2"})

FIRESTORE_PLACES = frozenset({*MULTI_REGIONS, *REGIONS}) - WITHOUT_FIRESTORE

_CONTINENTS = {
    "eu": "europe-west1",
    "europe": "europe-west1",
    "eur3": "europe-west1",
    "us": "us-central1",
    "usa": "us-central1",
    "nam5": "us-central1",
    "nam7": "us-central1",
    "asia": "asia-southeast1",
    "global": "us-central1",
}
_SPANNING = {"eu": "eur3", "europe": "eur3", "us": "nam5", "usa": "nam5"}


def _region(text: str) -> str:
    if text in REGIONS:
        return text
    reason = f"{shown(text)} is not a Google Cloud region, such as europe-west1"
    if text in MULTI_REGIONS:
        reason = f"{text} is a place of Firestore alone, where no service runs: set google.firestore_location to it"
    raise ValueError(f"{reason}{did_you_mean(*_meant(text))}")


def _location(text: str) -> str:
    if text in FIRESTORE_PLACES:
        return text
    plain = text.strip().lower()
    wide = plain if plain in MULTI_REGIONS else _SPANNING.get(plain)
    meant = [wide] if wide else [each for each in _meant(text) if each in FIRESTORE_PLACES]
    raise ValueError(
        f"{shown(text)} is not a place where Firestore keeps data, such as eur3, nam5 or europe-west1"
        f"{did_you_mean(*meant)}"
    )


def _meant(text: str) -> list[str]:
    plain = _as_google_spells(text.strip().lower().replace("_", "-").replace(" ", "-"))
    zone = re.sub(r"(\d)-?[a-z]$", r"\1", plain)
    if zone in REGIONS or plain in REGIONS:
        return [plain if plain in REGIONS else zone]
    if plain in _CONTINENTS:
        return [_CONTINENTS[plain]]
    words = text.strip().lower()
    named = [region for region, place in REGIONS.items() if words and words in place.lower()]
    return named[:3] or closest(plain, (*REGIONS, *MULTI_REGIONS))


def _as_google_spells(plain: str) -> str:
    """Return a region of another cloud's spelling in Google's: `eu-west-1` as `europe-west1`."""
    whole = re.sub(r"^(eu|ap)-", lambda found: {"eu": "europe-", "ap": "asia-"}[found[1]], plain)
    return re.sub(r"-(\d+)(?=[a-z]?$|-[a-z]$)", r"\1", whole)


Region = Annotated[str, AfterValidator(_region)]
Location = Annotated[str, AfterValidator(_location)]
