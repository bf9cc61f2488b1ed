"""Direct calls to other vendors' services from the app: the address in the call, or a name that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.model import Hit, Name, Sure
from triage.quick import quick
from triage.syntax.source import Call, Source, unquoted
from triage.vendors import PACKAGES, WORDS, direct_hit, vendor_host

# what sends something when it is called with an address
SENDING = re.compile(
    r"(?i)(^|[.?!])(get|post|put|patch|delete|head|send|request|read|readbytes|geturl|posturl|openurl|fetch|download"
    r"|uri|parse|https?|"
    r"multipartrequest|streamedrequest|baseoptions|options|dio|graphqlclient|httplink|restclient|connect"
    r"|websocketchannel|restapi|chopperclient|copywith|tryparse|resolve)$"
)
HOSTED = quick(*map(re.escape, WORDS))
ADDRESSED = re.compile(rb"(?i)ur[il]|endpoint|base|host|http|api")
# a class that is made to talk to whatever address it is given
WRAPPER = re.compile(r"(^|\.)[A-Z]\w*(Client|Api|API|Http|HTTP|Service|Gateway|DataSource|Connector)$")
PARSES = re.compile(r"(?i)(^|\.)(parse|https?|tryparse)$")
# what only shows, opens, compares or stores an address
HARMLESS = re.compile(
    r"(?i)(^|[.?!])(text|selectabletext|richtext|textspan|launch\w*|openurl\w*|canlaunch\w*|print|debugprint|log"
    r"|info|warn\w*|contains|startswith|endswith|indexof|"
    r"replace\w*|split|add|link|markdown\w*|html|image\.network|networkimage|cachednetworkimage\w*|share|setdata"
    r"|clipboarddata|assert|expect|matches|hasmatch|regexp|exception|error|haslink|loadrequest|webview\w*)$"
)
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        await async return if else for in is as null true false new const final var this super switch case
        headers body context child children
        """,
    )
)
USE = re.compile(r"(?<![\w.])((?:[A-Za-z_]\w*\??\.)*[A-Za-z_]\w*)\b(?!\s*\()(?!:)")
LITERAL = re.compile(r"""r?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
INSERTED = re.compile(r"\$\{?([A-Za-z_][\w.]*)")


def direct_calls(source: Source) -> tuple[list[Hit], list[Name], list[Name]]:
    """Return what is certain in this file, the names that hold vendors' addresses, and the names that calls use."""
    hits: list[Hit] = []
    names: list[Name] = []
    for literal in source.strings if HOSTED.search(source.data) else ():
        host = vendor_host(unquoted(source.text(literal)))
        if host:
            _judge(source, literal, host, hits, names)
    return [*hits, *_packages(source)], [*names, *_derived(source)], _used(source)


def _judge(source: Source, literal: Node, host: str, hits: list[Hit], names: list[Name]) -> None:
    """File an address: a call here, a name to be followed, or nothing."""
    if _is_compared(literal):
        return
    call = enclosing_call(source, literal)
    if call is not None and HARMLESS.search(call.callee) and not _sends_around(source, call):
        return
    line = source.line(literal.start_byte)
    name = defined_name(source, literal)
    if call is not None and name and not PARSES.search(call.callee) and _in_body(literal):
        name = ""  # the name is that of a function which calls something with the address
    if call is not None and (SENDING.search(call.callee) or WRAPPER.search(call.callee) or not name):
        sure = Sure.CERTAIN if SENDING.search(call.callee) else Sure.LIKELY
        if name and PARSES.search(call.callee) and enclosing_call(source, call.arguments) is None:
            names.append(Name(scoped(source, literal, name), line, host))
        else:
            hits.append(direct_hit(host, line, f"{call.callee[-40:]}(…)", sure))
    elif name:
        names.append(Name(scoped(source, literal, name), line, host))
    elif call is None and _is_used(literal):
        hits.append(direct_hit(host, line, "the address is built here", Sure.LIKELY))


def _sends_around(source: Source, call: Call) -> bool:
    outer = enclosing_call(source, call.arguments)
    return outer is not None and SENDING.search(outer.callee) is not None


def enclosing_call(source: Source, node: Node) -> Call | None:
    """Return the innermost call that a node is an argument of, within its own statement."""
    for parent in source.parents(node):
        if parent.type == "arguments":
            return source.call_of(parent)
        if parent.type in {"function_body", "block", "class_body", "annotation"} and parent.type != "annotation":
            return None
    return None


def defined_name(source: Source, literal: Node) -> str:
    """Return the name of the constant, field, getter or parameter that a literal is the value of."""
    for parent in source.parents(literal):
        if parent.type in {"static_final_declaration", "initialized_identifier", "initialized_variable_definition"}:
            named = next((child for child in parent.named_children if child.type == "identifier"), None)
            return source.text(named) if named else ""
        if parent.type == "function_body":
            return _function_name(source, parent) if source.text(parent).startswith("=>") or _returns(literal) else ""
        if parent.type in {"block", "class_body"} and not _returns(literal):
            return ""
    return ""


def scoped(source: Source, node: Node, name: str) -> str:
    """Return a name with the class, enum or extension around it; what is local to a function keeps its bare name."""
    for parent in source.parents(node):
        if parent.type in {"class_definition", "mixin_declaration", "extension_declaration", "enum_declaration"}:
            found = re.search(r"\b(?:class|mixin|extension|enum)\s+(\w+)", source.text(parent)[:200])
            return f"{found[1]}.{name}" if found else name
    return name


def _in_body(literal: Node) -> bool:
    """Return whether a literal stands in a function's body before any definition around it."""
    kinds = {"static_final_declaration", "initialized_identifier", "initialized_variable_definition"}
    node = literal.parent
    while node is not None and node.type != "function_body":
        if node.type in kinds:
            return False
        node = node.parent
    return node is not None


def _returns(literal: Node) -> bool:
    parent = literal.parent
    return parent is not None and parent.type == "return_statement"


def _function_name(source: Source, body: Node) -> str:
    signature = body.prev_named_sibling
    found = re.search(r"(?:get\s+(\w+)|(\w+)\s*\()", source.text(signature)) if signature else None
    return (found[1] or found[2] or "") if found else ""


def _is_compared(literal: Node) -> bool:
    parent = literal.parent
    kinds = {
        "equality_expression",
        "relational_expression",
        "switch_statement_case",
        "constant_pattern",
        "assert_statement",
    }
    return parent is not None and parent.type in kinds


def _is_used(literal: Node) -> bool:
    parent = literal.parent
    return parent is not None and parent.type in {
        "return_statement",
        "assignment_expression",
        "cascade_section",
        "pair",
    }


def _derived(source: Source) -> Iterator[Name]:
    """Yield the names whose value is made from other names: `static const charges = '$base/charges';`."""
    if not ADDRESSED.search(source.data):
        return
    for node in source.captured("definitions"):
        text = source.text(node)
        head, equals, value = text.partition("=")
        named = re.search(r"(\w+)\s*$", head)
        if not equals or not named or len(value) > 300:
            continue
        refers = tuple(dict.fromkeys(INSERTED.findall(value)))
        alias = re.fullmatch(r"\s*(?:Uri\.parse\()?([A-Za-z_][\w.]*)\)?\s*", value)
        if alias and not refers:
            refers = (alias[1],)
        if refers:
            yield Name(scoped(source, node, named[1]), source.line(node.start_byte), refers=refers)


def _used(source: Source) -> list[Name]:
    """Return, for each call that sends or wraps, the names that stand in its arguments."""
    used: dict[str, Name] = {}
    if not ADDRESSED.search(source.data):
        return []
    for call in source.calls:
        if HARMLESS.search(call.callee) or len(call.args) > 4000:
            continue
        certain = SENDING.search(call.callee) is not None
        for name in _names_in(call.args[:600]):
            if name not in used or (certain and not used[name].host):
                used[name] = Name(
                    name, source.line(call.arguments.start_byte), "sends" if certain else "", (call.callee[-40:],)
                )
    return list(used.values())


def _names_in(arguments: str) -> set[str]:
    """Return the names in some arguments: bare ones and those that are put into strings."""
    inserted = {name for literal in LITERAL.findall(arguments) for name in INSERTED.findall(literal)}
    return inserted | {
        name.replace("?", "") for name in USE.findall(LITERAL.sub("''", arguments)) if name not in KEYWORDS
    }


def _packages(source: Source) -> Iterator[Hit]:
    told: set[str] = set()
    for match in re.finditer(rb"^\s*import\s+['\"]package:(\w+)/", source.data, re.MULTILINE):
        vendor = PACKAGES.get(match[1].decode())
        if vendor and vendor[0] not in told:
            told.add(vendor[0])
            text = f"The app uses package:{match[1].decode()}, which needs the account's secret."
            yield Hit(
                vendor[1], source.line(match.start(1)), vendor[0], text, f"package:{match[1].decode()}", Sure.LIKELY
            )
