#!/bin/sh
# pulumi 3.272.0 (PyPI), dynamic resources in Python.
#
# A stack's state keeps the provider of each dynamic resource, so that `pulumi destroy` can delete the resource when the
# program no longer declares it. Pulumi's documentation says that the provider's code is serialized, and for a class that
# is defined in the program's main file it is. A class that is imported from a module is kept as no more than the
# names of module and class: move the module in a refactoring, and the provider in the state of every stack can no longer
# be loaded. Refresh and delete then fail with ModuleNotFoundError, in a program that previews well.
#
# The output that was seen:
#   main file: 9 of 9 words of the code are in the state
#   imported:  0 of 9 words of the code are in the state, 2 of 2 names are
#   after the module has moved: ModuleNotFoundError: No module named 'parts'
#
# Run: sh findings/pulumi_dynamic_provider_by_name.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pulumi==3.272.0

cat > parts.py <<'PYTHON'
from pulumi.dynamic import CreateResult, ResourceProvider


class Imported(ResourceProvider):
    def create(self, props):
        return CreateResult("one two three four five six seven eight nine", props)
PYTHON

cat > keep.py <<'PYTHON'
import base64
import sys
from pathlib import Path

from pulumi.dynamic import CreateResult, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from parts import Imported


class Here(ResourceProvider):
    def create(self, props):
        return CreateResult("one two three four five six seven eight nine", props)


def state(provider):
    return base64.b64decode(serialize_provider(provider))


WORDS = "one two three four five six seven eight nine".split()
here, imported = state(Here()), state(Imported())
Path("kept").write_bytes(imported)


def among(words, text):
    return f"{sum(word.encode() in text for word in words)} of {len(words)}"


print(f"main file: {among(WORDS, here)} words of the code are in the state")
print(f"imported:  {among(WORDS, imported)} words of the code are in the state, {among(['parts', 'Imported'], imported)} names are")
PYTHON

cat > load.py <<'PYTHON'
import pickle
from pathlib import Path

try:
    pickle.loads(Path("kept").read_bytes())
    print("after the module has moved: it loads")
except ModuleNotFoundError as error:
    print(f"after the module has moved: ModuleNotFoundError: {error}")
PYTHON

venv/bin/python keep.py > seen
mv parts.py pieces.py
rm -rf __pycache__
venv/bin/python load.py >> seen
cat seen

cat > expected <<'TEXT'
main file: 9 of 9 words of the code are in the state
imported:  0 of 9 words of the code are in the state, 2 of 2 names are
after the module has moved: ModuleNotFoundError: No module named 'parts'
TEXT
diff expected seen
