"""Rules text to a ruleset."""

from rules.errors import RulesError
from rules.language.check import check
from rules.language.declarations import parse
from rules.language.scopes import scopes
from rules.language.source import Source
from rules.limits import MAX_SOURCE_BYTES
from rules.ruleset import Ruleset


def compile_rules(text: str) -> Ruleset:
    """Compile a rules text.

    Raises RulesError with the line and column of each problem: the first one that does not fit the grammar, or else
    everything that breaks a limit or declares a name wrongly.
    """
    source = Source(text)
    if len(text.encode("utf-8", "replace")) > MAX_SOURCE_BYTES:
        raise source.refuse(0, f"The rules are longer than {MAX_SOURCE_BYTES // 1024} KiB, which is the limit.")
    file = parse(source)
    whole = scopes(file)
    problems = check(source, file, whole)
    if problems:
        raise RulesError(problems)
    ruleset = Ruleset(source, file, whole)
    _ = ruleset.rules
    return ruleset
