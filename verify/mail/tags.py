"""Tag lists, the `tag=value; tag=value` form of DKIM keys and their kin (RFC 6376 section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e \t\r\n]*")
_SPACE = " \t\r\n"


class TagError(ValueError):
    """The text is not a tag list; the message names the bad part."""


def parse_tags(text: str) -> Mapping[str, str]:
    """Return the values by tag name, in their order; one semicolon may end the list.

    Raises TagError for a part without a name, for a value that is not printable ASCII, and for a name that comes twice.
    """
    tags: dict[str, str] = {}
    for part in text.rstrip(_SPACE).removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip(_SPACE)
        if not equals or not _NAME.fullmatch(name):
            raise TagError(f"{part.strip()!r} is not of the form tag=value")
        if not _VALUE.fullmatch(value):
            raise TagError(f"the value of {name} holds a character that is not printable ASCII")
        if name in tags:
            raise TagError(f"the tag {name} comes twice")
        tags[name] = value.strip(_SPACE)
    return tags
