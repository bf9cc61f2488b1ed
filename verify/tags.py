"""Tag lists, the `tag=value; tag=value` form of DKIM keys and DMARC records (RFC 6376 section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class TagError(ValueError):
    """The text is not a tag list; the message names the bad part."""


def parse_tags(text: str) -> Mapping[str, str]:
    """Return the values by tag name; raises TagError for a part without a name, or a name that comes twice."""
    tags: dict[str, str] = {}
    for part in text.rstrip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name):
            raise TagError(f"{part.strip()!r} is not of the form tag=value")
        if name in tags:
            raise TagError(f"the tag {name} comes twice")
        tags[name] = value.strip()
    return tags
