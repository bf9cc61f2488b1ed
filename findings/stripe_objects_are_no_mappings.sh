#!/bin/sh
# stripe 16.1.0 (PyPI): what Stripe's answers are in Python.
#
# Up to stripe 14 an answer was a dict. Since 15 it is not, and what only a dict can do says so: `.get`, `len` and a loop
# raise. Three questions that code asks of metadata and prices still get an answer, and another one than before. Metadata
# without a key is true; metadata with the keys that are looked for equals no dict; and unit_amount_decimal is a Decimal,
# so it equals no text. Printed, all of them look as they did. So `if not session.metadata` never finds the session that
# nobody labelled, and a price that is looked up by its text is never found. `to_dict(for_json=True)` has dicts and texts.
#
# The output that was seen:
#   metadata is empty:             bool True, == {} False, to_dict() == {} True
#   metadata has plan=pro:         == {'plan': 'pro'} False, 'plan' in it True, isinstance dict False
#   unit_amount_decimal is "1000": == '1000' False, == 1000 True, a Decimal
#   .get("plan"):                  AttributeError
#   len():                         TypeError
#   printed:                       {"plan": "pro"} and "1000"
#   to_dict(for_json=True):        {"plan": "pro"} and "1000"
#
# Run: sh findings/stripe_objects_are_no_mappings.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check stripe==16.1.0 requests==2.34.2

cat > ask.py <<'PYTHON'
import json

import stripe


def price(metadata):
    """Return a price as the library makes one of Stripe's answer."""
    answer = {"id": "price_1", "object": "price", "unit_amount": 1000, "unit_amount_decimal": "1000", "metadata": metadata}
    return stripe.Price.construct_from(answer, "no-key")


def raised(ask):
    try:
        ask()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def show(what, told):
    print(f"{what:<30} {told}")


bare, labelled = price({}).metadata, price({"plan": "pro"}).metadata
amount = price({}).unit_amount_decimal
show("metadata is empty:", f"bool {bool(bare)}, == {{}} {bare == {}}, to_dict() == {{}} {bare.to_dict() == {}}")
same, inside, is_dict = labelled == {"plan": "pro"}, "plan" in labelled, isinstance(labelled, dict)
show("metadata has plan=pro:", f"== {{'plan': 'pro'}} {same}, 'plan' in it {inside}, isinstance dict {is_dict}")
show('unit_amount_decimal is "1000":', f"== '1000' {amount == '1000'}, == 1000 {amount == 1000}, a {type(amount).__name__}")
show('.get("plan"):', raised(lambda: labelled.get("plan")))
show("len():", raised(lambda: len(labelled)))
whole = price({"plan": "pro"})
for what, told in (("printed:", json.loads(str(whole))), ("to_dict(for_json=True):", whole.to_dict(for_json=True))):
    show(what, f"{json.dumps(told['metadata'])} and {json.dumps(told['unit_amount_decimal'])}")
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
metadata is empty:             bool True, == {} False, to_dict() == {} True
metadata has plan=pro:         == {'plan': 'pro'} False, 'plan' in it True, isinstance dict False
unit_amount_decimal is "1000": == '1000' False, == 1000 True, a Decimal
.get("plan"):                  AttributeError
len():                         TypeError
printed:                       {"plan": "pro"} and "1000"
to_dict(for_json=True):        {"plan": "pro"} and "1000"
TEXT
if ! diff expected seen; then
    echo "CHANGED: stripe's objects answer otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: empty metadata of Stripe is true, and no metadata equals a dict."
