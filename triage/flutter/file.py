"""All that one Dart file gives away; files without any telling word are not even parsed."""

from __future__ import annotations

import re

from triage.flutter.addresses import address_hits
from triage.flutter.calls import HOSTED, direct_calls
from triage.flutter.entitlement import entitlement_hits
from triage.flutter.environment import environment_hits
from triage.flutter.firestore import writes
from triage.flutter.races import race_hits
from triage.flutter.silence import silence_hits
from triage.model import FileFacts
from triage.quick import quick
from triage.syntax import dart
from triage.vendors import PACKAGES

TELLING = tuple(
    word.encode()
    for word in re.findall(
        r"\S+",
        """
    StreamBuilder FutureBuilder irestore .collection( FirebaseDatabase .child( localhost 127.0.0.1 10.0.2.2 0.0.0.0
    192.168. Emulator( fromEnvironment dotenv DotEnv Envied httpsCallable package:http/ package:dio/ package:chopper/
    package:retrofit/ package:graphql/
    """,
    )
)
IMPORTS = tuple(f"package:{name}/".encode() for name in PACKAGES)


QUICK = quick(*map(re.escape, (*TELLING, *IMPORTS)))
ADDRESSED = quick(rb"://|Uri\.|rl:")


def is_telling(data: bytes) -> bool:
    """Return whether a file has anything that a check could be about."""
    return bool(QUICK.search(data)) or bool(ADDRESSED.search(data) and HOSTED.search(data))


def dart_facts(path: str, data: bytes) -> FileFacts:
    """Return what a Dart file of the app gives away."""
    if not is_telling(data):
        return FileFacts()
    source = dart.parse(path, data)
    hits, names, used = direct_calls(source)
    stored = any(word in data for word in (b"ollection", b"irestore", b".doc(", b"FirebaseDatabase"))
    written = writes(source) if stored else []
    found = [
        *hits,
        *entitlement_hits(source, written),
        *race_hits(source, written),
        *address_hits(source),
        *silence_hits(source),
        *environment_hits(source),
    ]
    facts = tuple(write.fact(source) for write in written if write.collection)
    return FileFacts(tuple(found), tuple(names), tuple(used), facts, broken=source.tree.root_node.has_error)
