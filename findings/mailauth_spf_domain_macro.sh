#!/bin/sh
# mailauth 4.13.3 (npm), with which mail servers in Node judge what arrives.
#
# `include` and `redirect` begin the check anew with another domain (RFC 7208 sections 5.2 and 6.1), and %{d} stands for the
# domain that is being checked at that point (section 7.2). The sender's own is %{o}. For mailauth the two are one: in a
# record that is included %{d} is still the sender's domain, so it asks for names that nobody published, and genuine mail
# fails. Nor does it take a redirect whose name ends in capitals, although names in the DNS have no case; an include of
# the same name is taken.
#
# The output that was seen, for mail of acme.test from an address that each record lists:
#   %{d} in acme.test itself            pass, asked for 192.0.2.1._ip.acme.test
#   %{d} in what acme.test includes     fail, asked for 192.0.2.1._ip.acme.test
#   %{d} in what it is redirected to    fail, asked for 192.0.2.1._ip.acme.test
#   the included name written out       pass, asked for 192.0.2.1._ip.spf.test
#   include:SPF.TEST                    pass
#   redirect=SPF.TEST                   permerror
#
# Run: sh findings/mailauth_spf_domain_macro.sh   (needs node, npm and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund mailauth@4.13.3

cat > ask.js <<'JAVASCRIPT'
const { spf } = require("mailauth/lib/spf");

const HERE = "v=spf1 exists:%{i}._ip.%{d} -all";
const WRITTEN_OUT = "v=spf1 exists:%{i}._ip.spf.test -all";
const INCLUDED = "v=spf1 include:spf.test -all";
const LISTED = "v=spf1 ip4:192.0.2.1 -all";
const CASES = [
  ["%{d} in acme.test itself", { "acme.test": HERE }, "acme.test"],
  ["%{d} in what acme.test includes", { "acme.test": INCLUDED, "spf.test": HERE }, "spf.test"],
  ["%{d} in what it is redirected to", { "acme.test": "v=spf1 redirect=spf.test", "spf.test": HERE }, "spf.test"],
  ["the included name written out", { "acme.test": INCLUDED, "spf.test": WRITTEN_OUT }, "spf.test"],
  ["include:SPF.TEST", { "acme.test": "v=spf1 include:SPF.TEST -all", "spf.test": LISTED }, ""],
  ["redirect=SPF.TEST", { "acme.test": "v=spf1 redirect=SPF.TEST", "spf.test": LISTED }, ""],
];

async function main() {
  for (const [name, records, holder] of CASES) {
    const asked = [];
    const resolver = async (domain, kind) => {
      const text = kind === "TXT" ? records[domain.toLowerCase()] : undefined;
      if (text) return [[text]];
      if (kind === "A") asked.push(domain);
      if (kind === "A" && domain === `192.0.2.1._ip.${holder}`) return ["127.0.0.2"];
      throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    };
    const { status } = await spf({ sender: "ann@acme.test", ip: "192.0.2.1", helo: "mail.acme.test", mta: "mx.test", resolver });
    console.log(`${name.padEnd(35)} ${status.result}${asked.length ? `, asked for ${asked.join(", ")}` : ""}`);
  }
}

main();
JAVASCRIPT

node ask.js > seen
cat seen

cat > expected <<'TEXT'
%{d} in acme.test itself            pass, asked for 192.0.2.1._ip.acme.test
%{d} in what acme.test includes     fail, asked for 192.0.2.1._ip.acme.test
%{d} in what it is redirected to    fail, asked for 192.0.2.1._ip.acme.test
the included name written out       pass, asked for 192.0.2.1._ip.spf.test
include:SPF.TEST                    pass
redirect=SPF.TEST                   permerror
TEXT
if ! diff expected seen; then
    echo "CHANGED: mailauth expands %{d} otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: in an included SPF record mailauth takes %{d} for the sender's domain, and genuine mail fails."
