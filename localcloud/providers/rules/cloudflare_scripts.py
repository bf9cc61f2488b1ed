"""What Cloudflare refuses about a Worker's script and what it is given: syntax, handlers, bindings, sizes, sampling.

Sources: https://developers.cloudflare.com/workers/observability/errors/#validation-errors-10021 and the list of API
errors there (10027, 10054, 10068), https://developers.cloudflare.com/workers/platform/limits, and the provider's
workers_script (types of bindings, usage models, sampling rates).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_more import SCRIPT
from localcloud.providers.values import Properties, Unknown, at, leaves, mappings

BINDINGS = frozenset(
    {"ai", "ai_search", "ai_search_namespace", "analytics_engine", "assets", "browser", "d1", "data_blob"}
    | {"dispatch_namespace", "durable_object_namespace", "hyperdrive", "inherit", "images", "json", "kv_namespace"}
    | {"media", "mtls_certificate", "plain_text", "pipelines", "queue", "ratelimit", "r2_bucket", "secret_text"}
    | {"send_email", "service", "text_blob", "vectorize", "version_metadata", "secrets_store_secret", "secret_key"}
    | {"workflow", "wasm_module", "vpc_service", "vpc_network", "artifacts", "flagship", "k2", "messaging"}
)
LONGEST_VALUE = 5 * 1_024  # bytes of a variable or secret
EMPTY = re.compile(r"export\s+default\s*\{\s*\}")
LONGEST_CHECK = 20  # seconds
WORDS = {  # property → the words that the provider takes, in small letters or capitals
    "usageModel": ("standard", "bundled", "unbound"),
    "placement.mode": ("smart", "targeted"),
}
RATES = ("observability", "observability.logs", "observability.traces")


def _javascript(case: Case) -> str | None:
    """Return a Worker's script, None for one that is not known yet or is written in Python."""
    content, main = case.inputs.get("content"), case.inputs.get("mainModule")
    if case.traits.token != SCRIPT or not isinstance(content, str) or isinstance(main, Unknown):
        return None
    return None if str(main).endswith(".py") else content


def unparsable(case: Case) -> str | None:
    """Refuse a script that does not parse (API code 10021), where Node.js is at hand to say so."""
    content = _javascript(case)
    if content is None:
        return None
    told = _syntax_error(content, case.inputs.get("mainModule") is not None)
    if told is None:
        return None
    return (
        f"{case.title}: its script does not parse: {told} (Cloudflare answers 400, code 10021). Correct it; "
        "`node --check FILE` says the same."
    )


@lru_cache(maxsize=32)
def _syntax_error(content: str, is_module: bool) -> str | None:
    """Return Node's sentence about a script and the line it is about, None when it parses or there is no Node."""
    node = shutil.which("node")
    if node is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"worker.{'mjs' if is_module else 'cjs'}"
        file.write_text(content, encoding="utf-8")
        command = [node, "--check", str(file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_CHECK, check=False)
        except (subprocess.TimeoutExpired, OSError):
            return None
    said = re.search(r"^SyntaxError: (.+)$", done.stderr, re.MULTILINE)
    line = re.search(rf"{re.escape(file.name)}:(\d+)", done.stderr)
    return f"{said[1]}, line {line[1]}" if done.returncode and said and line else None


def without_handler(case: Case) -> str | None:
    """Refuse a script that nothing calls (API code 10068)."""
    content = _javascript(case)
    if content is None:
        return None
    is_module = case.inputs.get("mainModule") is not None
    called = "export" in content and not EMPTY.search(content) if is_module else "addEventListener" in content
    if called:
        return None
    right = "Export a default object with fetch" if is_module else "Call addEventListener, or set mainModule"
    return f"{case.title}: its script handles no event (Cloudflare answers 400, code 10068). {right}."


def wrong_binding(case: Case) -> str | None:
    """Refuse bindings without a name or of a type that there is not, and values that are too long."""
    return case.told(_bindings(case.inputs)) if case.traits.token == SCRIPT else None


def _bindings(script: Properties) -> Iterator[str]:
    for each in mappings(script.get("bindings")):
        name, kind = each.get("name"), each.get("type")
        if name == "":
            yield "a binding has no name (Cloudflare answers 400, code 10021). Name it as the script reads it from env."
        if isinstance(kind, str) and kind not in BINDINGS:
            yield (
                f"the binding {name} is of type {kind}, which there is not (Cloudflare answers 400, code 10021). Use "
                "kv_namespace, plain_text, secret_text or another that the provider lists."
            )
        value = each.get("text")
        if isinstance(value, str) and len(value.encode()) > LONGEST_VALUE:
            yield (
                f"the binding {name} holds {len(value.encode())} bytes (Cloudflare answers 400, code 10054). Use at "
                f"most {LONGEST_VALUE}."
            )


def wrong_word(case: Case) -> str | None:
    """Refuse usage models and placements that the provider does not take."""
    for path, words in WORDS.items() if case.traits.token == SCRIPT else ():
        told = at(case.inputs, path)
        if isinstance(told, str) and told.lower() not in words:
            return f"{case.title}: {path} is {told}, which the provider refuses. Use {_either(words)}."
    return None


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def wrong_rate(case: Case) -> str | None:
    """Refuse to sample more than all requests, or fewer than none."""
    for path in RATES if case.traits.token == SCRIPT else ():
        for rate in leaves(case.inputs, f"{path}.headSamplingRate"):
            if isinstance(rate, int | float) and not 0 <= rate <= 1:
                return (
                    f"{case.title}: {path}.headSamplingRate is {rate:g} (Cloudflare answers 400). Use 0 to 1, where 1 "
                    "is every request."
                )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("worker-handler", Stage.CHECK, "Workers API code 10068", without_handler),
    LaunchRule("worker-syntax", Stage.CHECK, "Workers API code 10021", unparsable),
    LaunchRule("worker-binding-parts", Stage.CHECK, "tpc workers_script; API codes 10021, 10054", wrong_binding),
    LaunchRule("worker-words", Stage.CHECK, "tpc workers_script, usage_model, placement", wrong_word),
    LaunchRule("worker-sampling", Stage.CHECK, "tpc workers_script, observability", wrong_rate),
)
