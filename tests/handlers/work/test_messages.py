"""Documents as messages: the same, to the bit, as Firestore's client writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1._helpers import pbs_for_create, pbs_for_set_with_merge
from hypothesis import given
from hypothesis import strategies as st

from handlers.work import messages

NAME = "projects/acme/databases/(default)/documents/users/u1"
SEEN = DatetimeWithNanoseconds(2026, 11, 30, 12, 0, 1, nanosecond=123456789, tzinfo=UTC)


class State(StrEnum):
    DONE = "done"


TIMES = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1)) | st.datetimes(  # noqa: DTZ001 - naive ones too
    datetime(1900, 1, 1),  # noqa: DTZ001
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | WORDS
    | st.binary(max_size=8) | TIMES | st.sampled_from([SEEN, State.DONE, firestore.GeoPoint(1.0, 2.0)])
)  # fmt: skip
NAMES = st.sampled_from(["plan", "askedAt", "with space", "a.b", "`", "ü", "0"]) | WORDS.filter(bool)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
FIELDS = st.dictionaries(NAMES, VALUES, max_size=5)


def clients(made):
    (write,) = made
    return types.Write.pb(write)


@given(FIELDS)
def test_a_new_document_is_written_as_the_client_writes_it(fields):
    assert messages.creation(NAME, fields) == clients(pbs_for_create(NAME, fields))


@given(FIELDS)
def test_fields_are_merged_as_the_client_merges_them(fields):
    assert messages.merging(NAME, fields) == clients(pbs_for_set_with_merge(NAME, fields, merge=True))


def test_what_firestore_does_not_keep_is_refused():
    with pytest.raises(TypeError):
        messages.merging(NAME, {"at": object()})
