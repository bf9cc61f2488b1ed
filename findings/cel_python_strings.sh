#!/bin/sh
# cel-python 0.5.0 beside cel-expr-python 0.1.3 (PyPI), CEL in Python: a port, and Google's own implementation with a Python face.
#
# Conditions and attribute mappings of Google Cloud are written in CEL, and a mapping has to give strings. cel-python is the
# library that is found first for trying them out. It makes strings as Python does and not as CEL does: string(true) is
# "True", so a mapping that compares it with "true" never matches there and always at Google, and a fraction of a second
# is lost. A duration's getMilliseconds is the part behind the seconds in CEL (1.5 s have 500), and the whole in cel-python, though
# getSeconds is the whole in both.
#
# The output that was seen (cel-python | cel-expr-python):
#   string(true)                                           True                   | true
#   string(claims.email_verified) == "true"                False                  | True
#   string(1.0)                                            1.0                    | 1
#   string(timestamp("2026-11-29T23:30:00.5Z"))            2026-11-29T23:30:00Z   | 2026-11-29T23:30:00.500Z
#   duration("1.5s").getMilliseconds()                     1500                   | 500
#   duration("90s").getSeconds()                           90                     | 90
#   int(timestamp("1969-12-31T23:59:58.5Z"))               -1                     | -2
#
# Run: sh findings/cel_python_strings.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cel-python==0.5.0 cel-expr-python==0.1.3

cat > ask.py <<'PYTHON'
import celpy
from cel_expr_python import cel

EXPRESSIONS = (
    "string(true)",
    'string(claims.email_verified) == "true"',
    "string(1.0)",
    'string(timestamp("2026-11-29T23:30:00.5Z"))',
    'duration("1.5s").getMilliseconds()',
    'duration("90s").getSeconds()',
    'int(timestamp("1969-12-31T23:59:58.5Z"))',
)
CLAIMS = {"claims": {"email_verified": True}}

port = celpy.Environment()
google = cel.NewEnv(variables={"claims": cel.Type.DYN})


def by_port(expression):
    answer = port.program(port.compile(expression)).evaluate({"claims": celpy.json_to_cel(CLAIMS["claims"])})
    return bool(answer) if isinstance(answer, celpy.celtypes.BoolType) else answer


for expression in EXPRESSIONS:
    answer = google.compile(expression).eval(data=CLAIMS)
    print(f"{expression:<54} {by_port(expression)!s:<22} | {answer.plain_value()}")
PYTHON

venv/bin/python -W ignore ask.py > seen
cat seen

cat > expected <<'TEXT'
string(true)                                           True                   | true
string(claims.email_verified) == "true"                False                  | True
string(1.0)                                            1.0                    | 1
string(timestamp("2026-11-29T23:30:00.5Z"))            2026-11-29T23:30:00Z   | 2026-11-29T23:30:00.500Z
duration("1.5s").getMilliseconds()                     1500                   | 500
duration("90s").getSeconds()                           90                     | 90
int(timestamp("1969-12-31T23:59:58.5Z"))               -1                     | -2
TEXT
if ! diff expected seen; then
    echo "CHANGED: the two implementations of CEL differ otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: cel-python makes strings and milliseconds that Google's CEL does not."
