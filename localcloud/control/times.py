"""Times and durations between seconds (floats) and the forms that Google's APIs use."""

from __future__ import annotations

import re

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(seconds: float) -> Timestamp:
    """Return a protobuf timestamp of seconds since the epoch, exact to the microsecond."""
    whole, micros = divmod(round(seconds * 1e6), 1_000_000)
    return Timestamp(seconds=whole, nanos=micros * 1000)


def duration(seconds: float) -> Duration:
    """Return a protobuf duration, exact to the microsecond."""
    whole, micros = divmod(round(seconds * 1e6), 1_000_000)
    return Duration(seconds=whole, nanos=micros * 1000)


def seconds(message: Timestamp | Duration) -> float:
    """Return the seconds of a timestamp (since the epoch) or of a duration."""
    return float(message.seconds) + float(message.nanos) / 1e9


def parsed(text: str) -> float:
    """Return the seconds of a JSON duration such as `3.5s`; raises ValueError for another form."""
    if not re.fullmatch(r"\d+(\.\d{1,9})?s", text):
        raise ValueError(f"'{text}' is not a duration such as '3.5s'")
    return float(text[:-1])
