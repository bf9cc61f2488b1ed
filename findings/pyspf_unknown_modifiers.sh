#!/bin/sh
# pyspf 2.0.14 (PyPI), which policy services of mail servers ask.
#
# A modifier in an SPF record that a receiver does not know is to be passed over wherever it stands and however often it
# comes; only `redirect` and `exp` may not come twice (RFC 7208 section 6). pyspf applies the rule for those two to every
# name: a second unknown modifier of one name makes the whole record a permanent error, also behind the mechanism that
# matches, and DMARC then has no SPF to go by. It goes by the spelling, so RP and rp, one name in SPF, are two. A record
# that is put together from two templates, each with the modifiers of RFC 6652 section 3 (ra, rp, rr), gets there.
#
# The output that was seen:
#   one modifier         pass
#   two names            pass
#   one name twice       permerror
#   twice, RP and rp     pass
#   twice, at the end    permerror
#
# Run: sh findings/pyspf_unknown_modifiers.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyspf==2.0.14 dnspython==2.9.2

cat > ask.py <<'PYTHON'
import spf

RECORDS = {
    "one modifier": "v=spf1 rp=5 ip4:192.0.2.1 -all",
    "two names": "v=spf1 rp=5 rr=all ip4:192.0.2.1 -all",
    "one name twice": "v=spf1 rp=5 rp=5 ip4:192.0.2.1 -all",
    "twice, RP and rp": "v=spf1 rp=5 RP=9 ip4:192.0.2.1 -all",
    "twice, at the end": "v=spf1 ip4:192.0.2.1 -all rp=5 rp=9",
}

for name, record in RECORDS.items():
    spf.DNSLookup = lambda asked, kind, *_, **__: [((asked, kind), (record.encode(),))] if kind == "TXT" else []
    result, _ = spf.check2("192.0.2.1", "ann@acme.test", "mail.acme.test")
    print(f"{name:<20} {result}")
PYTHON

venv/bin/python -W ignore ask.py > seen
cat seen

cat > expected <<'TEXT'
one modifier         pass
two names            pass
one name twice       permerror
twice, RP and rp     pass
twice, at the end    permerror
TEXT
if ! diff expected seen; then
    echo "CHANGED: pyspf judges modifiers that it does not know otherwise; look at tests/verify/mail/test_spf_syntax.py."
    exit 1
fi
echo "As before: an unknown modifier that comes twice makes an SPF record a permanent error for pyspf."
