#!/bin/sh
# dkimpy 1.1.8 (PyPI), the DKIM library of mailing lists and mail filters in Python.
#
# The tag s= of a DKIM key is a list of services, separated by colons, and a key may be used for e-mail when the list
# holds `email` or `*`; a service that a verifier does not know is to be passed over (RFC 6376 section 3.6.1). RFC 8460
# section 3 brought a second service, `tlsrpt`, so a domain that signs mail and TLS reports with one key has every reason
# to write a list. dkimpy compares the whole tag with one word: either service alone holds, both together break every
# signature by that key, and all that is said is False. The list of hashes in the same record is read as a list.
#
# The output that was seen:
#   no s=             True
#   s=email           True
#   s=*               True
#   s=email:tlsrpt    False
#   s=tlsrpt:email    False
#   s=email:*         False
#   h=sha256          True
#   h=sha1:sha256     True
#   h=sha256:other    True
#
# Run: sh findings/dkimpy_service_list.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dkimpy==1.1.8 dnspython==2.9.2 cryptography==50.0.2

cat > ask.py <<'PYTHON'
import base64

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

MAIL = b"From: ann@acme.test\r\nTo: bob@acme.test\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"
LIMITS = ("", "s=email", "s=*", "s=email:tlsrpt", "s=tlsrpt:email", "s=email:*", "h=sha256", "h=sha1:sha256", "h=sha256:other")

key = rsa.generate_private_key(65_537, 2_048)
private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
signed = dkim.sign(MAIL, b"one", b"acme.test", private) + MAIL

for limit in LIMITS:
    record = "; ".join(part for part in ("v=DKIM1", "k=rsa", limit, f"p={public}") if part)
    holds = dkim.verify(signed, dnsfunc=lambda name, timeout=5: record.encode())
    print(f"{limit or 'no s=':<17} {holds}")
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
no s=             True
s=email           True
s=*               True
s=email:tlsrpt    False
s=tlsrpt:email    False
s=email:*         False
h=sha256          True
h=sha1:sha256     True
h=sha256:other    True
TEXT
if ! diff expected seen; then
    echo "CHANGED: dkimpy judges the services of a DKIM key otherwise; look at verify/judge/dkim.py again."
    exit 1
fi
echo "As before: a list of services in s= breaks the signatures for dkimpy, although e-mail is in it."
