"""The corpus: small apps with marks where a finding is expected, and none where none is."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
MARK = re.compile(r"[ \t]*«([^»]+)»")
CAPITALS = string.ascii_uppercase
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Case:
    """One small app: its files, and the findings expected in it as (check, path, line)."""

    category: str
    name: str
    files: Mapping[str, str]
    expected: frozenset[tuple[str, str, int]]


def made_up() -> Mapping[str, str]:
    """Return values with the shapes of secrets; they are random, so that no file of this repository holds one."""
    chance = random.Random(4711)

    def some(count: int, letters: str = LETTERS) -> str:
        return "".join(chance.choice(letters) for _ in range(count))

    def token(role: str) -> str:
        claims = base64.urlsafe_b64encode(json.dumps({"iss": "supabase", "role": role}).encode()).decode().rstrip("=")
        return f"eyJhbGciOiJIUzI1NiJ9.{claims}.{some(43)}"

    uuid = "-".join(some(count, "0123456789abcdef") for count in (8, 4, 4, 4, 12))
    return {
        "stripe_live": f"sk_live_51{some(40)}",
        "whsec": f"whsec_{some(32)}",
        "hubspot": f"pat-na1-{uuid}",
        "sendgrid": f"SG.{some(22)}.{some(43)}",
        "openai": f"sk-proj-{some(44)}7Q",
        "pem": some(64),
        "slack_hook": f"https://hooks.slack.com/services/T{some(8, CAPITALS)}/B{some(8, CAPITALS)}/{some(24)}",
        "service_role": token("service_role"),
        "anon_role": token("anon"),
        "github": f"ghp_{some(36)}",
        "telegram": f"{some(10, '3456789')}:AA{some(33)}",
        "google_web": f"AIza{some(35)}",
    }


def cases(folder: Path = FOLDER) -> Iterator[Case]:
    """Yield every case of the corpus."""
    values = made_up()
    for file in sorted(folder.glob("*.cases")):
        for block in f"\n{file.read_text(encoding='utf-8')}".split("\n=== ")[1:]:
            name, _, rest = block.partition("\n")
            yield _case(file.stem, name.strip(), rest, values)


def _case(category: str, name: str, text: str, values: Mapping[str, str]) -> Case:
    files: dict[str, str] = {}
    expected: set[tuple[str, str, int]] = set()
    for part in f"\n{text}".split("\n--- ")[1:]:
        path, _, body = part.partition("\n")
        lines = []
        for number, line in enumerate(body.split("\n"), 1):
            expected |= {(check, path.strip(), number) for check in MARK.findall(line)}
            lines.append(MARK.sub("", line))
        joined = "\n".join(lines)
        for key, value in values.items():
            joined = joined.replace("{" + key + "}", value)
        files[path.strip()] = joined
    return Case(category, name, files, frozenset(expected))
