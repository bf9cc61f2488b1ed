#!/bin/sh
# resend 2.52.0 beside svix 2.9.1 and standardwebhooks 1.1.0 (PyPI): verifying what Resend sends.
#
# A signature is of the bytes that came, so a handler passes the body on as its framework has it, which is bytes. resend's
# own Webhooks.verify puts the body into an f-string: the text that it signs begins with b', so no genuine webhook has the right
# signature, and the error is that of a forged one. Only a str is verified. svix and standardwebhooks take both, but they
# are not for each other either: the names of Resend's headers begin with svix-, which standardwebhooks does not know, and
# svix gives back nothing where the other two give the event.
#
# The output that was seen, for one genuine webhook:
#                     body as str                 body as bytes
#   resend            email.delivered             ValueError: no matching signature found
#   svix              None                        None
#   standardwebhooks  Missing required headers    Missing required headers
#   the same, with webhook- for svix-:
#   svix              None                        None
#   standardwebhooks  email.delivered             email.delivered
#
# Run: sh findings/resend_webhook_bytes.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile resend==2.52.0 svix==2.9.1 standardwebhooks==1.1.0

cat > ask.py <<'PYTHON'
import base64
import hashlib
import hmac
import json
import time

import resend
import standardwebhooks
import svix

KEY = b"a key of twenty-four let"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = json.dumps({"type": "email.delivered", "data": {"email_id": "e1"}})
STAMP = str(int(time.time()))
DIGEST = hmac.new(KEY, f"msg_1.{STAMP}.{BODY}".encode(), hashlib.sha256).digest()
PARTS = {"id": "msg_1", "timestamp": STAMP, "signature": f"v1,{base64.b64encode(DIGEST).decode()}"}


def by_resend(body, prefix):
    return resend.Webhooks.verify({"payload": body, "headers": PARTS, "webhook_secret": SECRET})


def by_svix(body, prefix):
    return svix.Webhook(SECRET).verify(body, {f"{prefix}-{name}": value for name, value in PARTS.items()})


def by_standard(body, prefix):
    return standardwebhooks.Webhook(SECRET).verify(body, {f"{prefix}-{name}": value for name, value in PARTS.items()})


def said(verify, body, prefix):
    try:
        event = verify(body, prefix)
    except standardwebhooks.WebhookVerificationError as error:
        return str(error)
    except ValueError as error:
        return f"ValueError: {error}"
    return event["type"] if event else str(event)


def show(name, verify, prefix):
    print(f"{name:<17} {said(verify, BODY, prefix):<27} {said(verify, BODY.encode(), prefix)}")


print(f"{'':<17} {'body as str':<27} body as bytes")
show("resend", by_resend, "svix")
show("svix", by_svix, "svix")
show("standardwebhooks", by_standard, "svix")
print("the same, with webhook- for svix-:")
show("svix", by_svix, "webhook")
show("standardwebhooks", by_standard, "webhook")
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
                  body as str                 body as bytes
resend            email.delivered             ValueError: no matching signature found
svix              None                        None
standardwebhooks  Missing required headers    Missing required headers
the same, with webhook- for svix-:
svix              None                        None
standardwebhooks  email.delivered             email.delivered
TEXT
if ! diff expected seen; then
    echo "CHANGED: the libraries verify Resend's webhooks otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: resend takes no genuine webhook whose body is bytes."
