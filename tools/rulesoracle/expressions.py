"""Random conditions: well typed for the most part, so that verdicts differ, and wrong now and then."""

from collections.abc import Callable
from random import Random

FIELDS = {
    "int": ("i", "j"),
    "float": ("f", "g"),
    "string": ("s", "t"),
    "bool": ("b",),
    "bytes": ("y",),
    "list": ("l", "k"),
    "map": ("m", "n"),
    "timestamp": ("w",),
    "latlng": ("p",),
    "path": ("r",),
}
"""Type → the names of the fields that hold it in the generated documents."""

LITERALS = {
    "int": ("0", "1", "2", "-3", "7", "9223372036854775807"),
    "float": ("0.0", "1.0", "1.5", "-2.5", "7.0", "0.001", "12345678.9"),
    "string": ("''", "'a'", "'b'", "'ab'", "'a,b'", "' a '", "'12'", "'1.5'", "'äö'", "'😀x'", "'AB'", "id"),
    "bool": ("true", "false"),
    "bytes": ("b''", "b'a'", "b'\\xff\\x00'", "b'abc'"),
    "list": ("[]", "['a']", "['a', 'b']", "[1, 2]", "[1, 'a', 1.0]", "[[1], null]", "['i', 's']"),
    "map": ("{}", "{'a': 1}", "{'a': 1, 'b': 2}", "{'a': {'b': 'x'}}", "{'i': 1, 's': 'a'}", "resource.data"),
    "set": ("[].toSet()", "['a'].toSet()", "[1, 1.0, 'a'].toSet()", "['i', 's'].toSet()"),
    "duration": ("duration.value(1, 'd')", "duration.value(90, 'm')", "duration.value(-1500, 'ms')"),
    "timestamp": ("timestamp.date(2026, 2, 3)", "timestamp.value('2026-02-03T04:05:06.007Z')", "timestamp.value(0)"),
    "latlng": ("latlng.value(0, 0)", "latlng.value(10.5, -20)"),
    "path": ("/a/b", "path('a/b')", "/a/$(id)/c", "/databases/$(database)/documents/fixed/one"),
}

Make = Callable[["Generator", int], str]
_FORMS: dict[str, tuple[str, ...]] = {
    "bool": (
        "{bool} && {bool}", "{bool} || {bool}", "!({bool})", "{int} == {int}", "{any} == {any}", "{any} != {any}",
        "{int} < {number}",
        "{number} >= {number}", "{string} < {string}", "{string} == {string}", "{list} == {list}",
        "{map} == {map}", "{set} == {set}", "{bytes} <= {bytes}", "{timestamp} < {timestamp}",
        "{duration} > {duration}",
        "{latlng} == {latlng}", "{path} == {path}", "{string} in {list}", "{any} in {list}", "{string} in {map}",
        "{string} in {set}", "{any} in {set}", "{any} is {type}", "{string}.matches({regex})", "{list}.hasAll({list})",
        "{list}.hasAny({list})", "{list}.hasOnly({list})", "{set}.hasAll({list})", "{set}.hasAny({set})",
        "{set}.hasOnly({list})", "math.isNaN({number})", "{bool} ? {bool} : {bool}", "exists({document})",
        "{bool} == {bool}", "get({document}).data.i == {int}", "existsAfter({document})",
        "{map}.keys().hasOnly({list})",
        "debug({bool})", "getAfter({document}).data.get('i', 0) < {int}",
    ),
    "int": (
        "{int} + {int}", "{int} - {int}", "{int} * {int}", "{int} / {int}", "{int} % {int}", "-({int})",
        "{string}.size()", "{list}.size()", "{map}.size()", "{set}.size()", "{bytes}.size()", "math.abs({int})",
        "math.round({number})", "int({string})", "int({number})", "{timestamp}.year()", "{timestamp}.month()",
        "{timestamp}.day()", "{timestamp}.hours()", "{timestamp}.minutes()", "{timestamp}.seconds()",
        "{timestamp}.nanos()", "{timestamp}.dayOfWeek()", "{timestamp}.dayOfYear()", "{timestamp}.toMillis()",
        "{duration}.seconds()", "{duration}.nanos()", "{map}.get('a', {int})", "{map}.get(['a', 'b'], {int})",
        "{map}.a", "{map}['b']", "{bool} ? {int} : {int}", "{list}[{index}]",
    ),
    "float": (
        "{float} + {number}", "{float} - {float}", "{float} * {int}", "{float} / {number}", "{float} % {float}",
        "math.abs({float})", "math.sqrt({number})", "math.pow({number}, {number})", "float({string})",
        "float({number})", "{latlng}.latitude()", "{latlng}.longitude()", "{latlng}.distance({latlng})", "-({float})",
    ),
    "string": (
        "{string} + {string}", "{string}.lower()", "{string}.upper()", "{string}.trim()", "{string}[{index}]",
        "{string}[{index}:{index}]", "{string}.replace({regex}, {replacement})", "string({int})", "string({float})",
        "string({bool})", "string(null)", "{list}.join({string})", "{bytes}.toBase64()", "{bytes}.toHexString()",
        "string({path})", "{map}.get('a', {string})", "{path}[{index}]", "{string}.split({regex})[{index}]",
    ),
    "bytes": ("{string}.toUtf8()", "hashing.md5({string})", "hashing.sha256({bytes})", "hashing.crc32({string})",
              "hashing.crc32c({bytes})"),
    "list": (
        "[{any}, {any}]", "{string}.split({regex})", "{list}.concat({list})", "{list}.removeAll({list})",
        "{map}.keys()", "{map}.values()", "{list}[{index}:{index}]", "[{string}]",
    ),
    "map": ("{{{string}: {any}}}", "{{'a': {any}, 'b': {any}}}", "{map}.get('a', {map})"),
    "set": (
        "{list}.toSet()", "{set}.union({set})", "{set}.intersection({set})", "{set}.difference({set})",
        "{diff}.addedKeys()", "{diff}.removedKeys()", "{diff}.changedKeys()", "{diff}.unchangedKeys()",
        "{diff}.affectedKeys()",
    ),
    "diff": ("{map}.diff({map})", "request.resource.data.diff(resource.data)"),
    "duration": (
        "duration.value({int}, {unit})", "duration.time({small}, {small}, {small}, {small})",
        "duration.abs({duration})",
        "{duration} + {duration}", "{duration} - {duration}", "{timestamp} - {timestamp}", "{timestamp}.time()",
        "-({duration})",
    ),
    "timestamp": (
        "{timestamp} + {duration}", "{timestamp} - {duration}", "{timestamp}.date()",
        "timestamp.date(2026, {small}, {small})", "timestamp.value({int})",
    ),
    "latlng": ("latlng.value({number}, {number})",),
    "path": ("/a/$({string})", "/x/$({path})/y", "path({string})", "({path})[{index}:{index}]"),
}  # fmt: skip
_CHOICES = {
    "regex": ("'a'", "'[a-c]+'", "','", "'.*'", "'(a)(b)?'", "'^\\\\s*$'", "'\\\\d+'"),
    "replacement": ("''", "'x'", "'<$1>'", "'\\\\$'"),
    "unit": ("'w'", "'d'", "'h'", "'m'", "'s'", "'ms'", "'ns'"),
    "index": ("0", "1", "2", "null"),
    "small": ("0", "1", "2", "3", "12", "28", "30"),
    "type": (
        "bool",
        "bytes",
        "duration",
        "float",
        "int",
        "latlng",
        "list",
        "map",
        "number",
        "path",
        "string",
        "timestamp",
        "map_diff",
    ),
    "document": tuple(f"/databases/$(database)/documents/fixed/{name}" for name in ("one", "two", "$(id)", "missing")),
}
TYPES = (*FIELDS, "set", "duration")


class Generator:
    """Makes expressions; `used` counts every form that was taken."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.used: dict[str, int] = {}

    def condition(self, depth: int) -> str:
        """A condition, mostly a bool; negated or joined with another often enough that many requests are allowed."""
        shape = self._random.choice(("{}", "!({})", "!({})", "({}) || !({})", "({}) || ({})"))
        return shape.format(*(self.make("bool", depth) for _ in range(shape.count("{}"))))

    def make(self, kind: str, depth: int) -> str:
        """An expression of a type, or of any type one time in thirty."""
        if kind in _CHOICES:
            return self._random.choice(_CHOICES[kind])
        if kind == "any" or self._random.random() < 1 / 30:
            return self.make(self._random.choice(TYPES), depth) if kind != "any" or depth else "null"
        if kind == "number":
            kind = self._random.choice(("int", "float"))
        if depth <= 0:
            return self._leaf(kind)
        forms = _FORMS[kind]
        form = min(self._random.choices(forms, k=3), key=lambda one: self.used.get(one, 0))
        self.used[form] = self.used.get(form, 0) + 1
        return self._filled(form, depth - 1)

    def _filled(self, form: str, depth: int) -> str:
        out, at = "", 0
        while at < len(form):
            if form[at : at + 2] in {"{{", "}}"}:
                out, at = out + form[at], at + 2
            elif form[at] == "{":
                end = form.index("}", at)
                out, at = out + self._operand(form[at + 1 : end], depth), end + 1
            else:
                out, at = out + form[at], at + 1
        return out

    def _operand(self, kind: str, depth: int) -> str:
        made = self.make(kind, depth)
        return made if kind in _CHOICES else f"({made})"

    def _leaf(self, kind: str) -> str:
        if kind == "diff":
            return "request.resource.data.diff(resource.data)"
        if kind in FIELDS and self._random.random() < 0.5:
            base = self._random.choice(("request.resource.data", "resource.data", "resource.data"))
            return f"{base}.{self._random.choice(FIELDS[kind])}"
        return self._random.choice(LITERALS[kind])
