#!/bin/sh
# mailauth 4.13.3 (npm), with which mail servers in Node judge what arrives.
#
# The tag n= of a DKIM key holds a note for people, free text that verifiers do not interpret (RFC 6376 section 3.6.1), and
# many an admin writes there whose key it is and since when. mailauth reads the record as if it were a header: an apostrophe
# or a quotation mark opens a quoted string, and a parenthesis a comment, over semicolons to the end of the record; behind a
# backslash each letter comes twice. So the key that follows such a note is gone, and each signature by it is "neutral
# (invalid public key)". A second apostrophe saves the key, and so does a note that comes last.
#
# The output that was seen:
#   n=key of 2026; p=...          pass
#   n=Ann's key; p=...            neutral (invalid public key)
#   n=Ann's and Bob's key; p=...  pass
#   n=6" sign; p=...              neutral (invalid public key)
#   n=Ann\Bob; p=...              neutral (invalid public key)
#   n=since May (2026; p=...      neutral (invalid public key)
#   n=since May (2026); p=...     pass
#   p=...; n=Ann's key            pass
#
# Run: sh findings/mailauth_dkim_notes.sh   (needs node, npm and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund mailauth@4.13.3

cat > ask.js <<'JAVASCRIPT'
const crypto = require("node:crypto");
const { dkimVerify } = require("mailauth");
const { dkimSign } = require("mailauth/lib/dkim/sign");

const MAIL = "From: ann@acme.test\r\nTo: bob@acme.test\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
const RECORDS = [
  "n=key of 2026; p=...",
  "n=Ann's key; p=...",
  "n=Ann's and Bob's key; p=...",
  'n=6" sign; p=...',
  "n=Ann\\Bob; p=...",
  "n=since May (2026; p=...",
  "n=since May (2026); p=...",
  "p=...; n=Ann's key",
];

async function main() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const signer = { signingDomain: "acme.test", selector: "one", privateKey };
  const { signatures } = await dkimSign(MAIL, { algorithm: "rsa-sha256", signTime: new Date(), signatureData: [signer] });
  for (const record of RECORDS) {
    const text = `v=DKIM1; k=rsa; ${record.replace("...", publicKey.toString("base64"))}`;
    const { results } = await dkimVerify(signatures + MAIL, { resolver: async () => [[text]] });
    const { result, comment } = results[0].status;
    console.log(`${record.padEnd(29)} ${result}${comment ? ` (${comment})` : ""}`);
  }
}

main();
JAVASCRIPT

node ask.js > seen
cat seen

cat > expected <<'TEXT'
n=key of 2026; p=...          pass
n=Ann's key; p=...            neutral (invalid public key)
n=Ann's and Bob's key; p=...  pass
n=6" sign; p=...              neutral (invalid public key)
n=Ann\Bob; p=...              neutral (invalid public key)
n=since May (2026; p=...      neutral (invalid public key)
n=since May (2026); p=...     pass
p=...; n=Ann's key            pass
TEXT
if ! diff expected seen; then
    echo "CHANGED: mailauth reads the notes of DKIM keys otherwise; look at verify/mail/dkim_key.py again."
    exit 1
fi
echo "As before: an apostrophe in the note of a DKIM key hides the key from mailauth."
