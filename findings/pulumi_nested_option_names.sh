#!/bin/sh
# pulumi 3.272.0 with pulumi-tls 5.6.2 (PyPI), resource options in Python.
#
# A Python program names inputs in snake_case, and `ignore_changes` and `replace_on_changes` take a property by that name:
# the SDK translates it for the engine. It looks up the whole text, though, so a path to a property inside of another
# goes out as it was written, and names nothing among the inputs, which are in camelCase all the way down. The engine
# says nothing about a path that leads nowhere. `hide_diffs`, new in this SDK, is not translated at all. So one list
# holds names that work and names that do nothing, and the property that was to be left alone is overwritten at the
# next update.
#
# The output that was seen:
#   inputs:             subject.commonName validityPeriodHours
#   ignore_changes:     validity_period_hours -> validityPeriodHours, an input
#   ignore_changes:     subject.common_name -> subject.common_name, NO INPUT
#   ignore_changes:     subject.commonName -> subject.commonName, an input
#   replace_on_changes: validity_period_hours -> validityPeriodHours, an input
#   replace_on_changes: subject.common_name -> subject.common_name, NO INPUT
#   replace_on_changes: subject.commonName -> subject.commonName, an input
#   hide_diffs:         validity_period_hours -> validity_period_hours, NO INPUT
#   hide_diffs:         subject.common_name -> subject.common_name, NO INPUT
#   hide_diffs:         subject.commonName -> subject.commonName, an input
#
# Run: sh findings/pulumi_nested_option_names.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pulumi==3.272.0 pulumi-tls==5.6.2

cat > ask.py <<'PYTHON'
import pulumi
import pulumi_tls as tls
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import mocks

WRITTEN = ["validity_period_hours", "subject.common_name", "subject.commonName"]
OPTIONS = ("ignore_changes", "replace_on_changes", "hide_diffs")
sent = []


class Echo(mocks.Mocks):
    def new_resource(self, args):
        return "id", args.inputs

    def call(self, args):
        return {}


class Monitor(mocks.MockMonitor):
    """Keeps what the engine would be sent for the certificate."""

    def RegisterResource(self, request):
        if request.type.startswith("tls:"):
            sent.append(request)
        return super().RegisterResource(request)


def paths(inputs, before=""):
    for key, value in inputs.items():
        if isinstance(value, Struct):
            yield from paths(value, f"{before}{key}.")
        elif key in ("validityPeriodHours", "commonName"):
            yield before + key


mocks.set_mocks(Echo(), monitor=Monitor(Echo()))


@pulumi.runtime.test
def declare():
    tls.SelfSignedCert(
        "certificate",
        allowed_uses=["server_auth"],
        private_key_pem="key",
        validity_period_hours=1,
        subject=tls.SelfSignedCertSubjectArgs(common_name="acme.test"),
        opts=pulumi.ResourceOptions(**{option: WRITTEN for option in OPTIONS}),
    )


declare()
(request,) = sent
inputs = sorted(paths(request.object))
print(f"inputs:             {' '.join(inputs)}")
for option, names in zip(OPTIONS, (request.ignoreChanges, request.replaceOnChanges, request.hideDiffs)):
    for written, name in zip(WRITTEN, names, strict=True):
        print(f"{option + ':':<19} {written} -> {name}, {'an input' if name in inputs else 'NO INPUT'}")
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
inputs:             subject.commonName validityPeriodHours
ignore_changes:     validity_period_hours -> validityPeriodHours, an input
ignore_changes:     subject.common_name -> subject.common_name, NO INPUT
ignore_changes:     subject.commonName -> subject.commonName, an input
replace_on_changes: validity_period_hours -> validityPeriodHours, an input
replace_on_changes: subject.common_name -> subject.common_name, NO INPUT
replace_on_changes: subject.commonName -> subject.commonName, an input
hide_diffs:         validity_period_hours -> validity_period_hours, NO INPUT
hide_diffs:         subject.common_name -> subject.common_name, NO INPUT
hide_diffs:         subject.commonName -> subject.commonName, an input
TEXT
if ! diff expected seen; then
    echo "CHANGED: the names in Pulumi's resource options are no longer sent as they were; read them again."
    exit 1
fi
echo "As before: a nested name in snake_case reaches the engine untranslated, and names no input."
