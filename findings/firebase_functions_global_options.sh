#!/bin/sh
# firebase-functions 7.4.0 (npm), options of functions in Node.
#
# `setGlobalOptions` is described as setting defaults for all functions. It sets them for those that are defined after it has run,
# and imports run first: functions of other files, which index.ts exports again, have no limit of instances and another
# region (firebase/firebase-functions#1502). Triggers of Storage are the exception: they read the options when they are
# deployed, so they move to the new region alone. And a function that names secrets of its own has lost the global ones:
# `secrets` is replaced as a number would be, while `labels` are joined.
#
# The output that was seen:
#   defined before:     onRequest           maxInstances none, region none
#                       onSchedule          maxInstances none, region none
#                       onDocumentCreated   maxInstances none, region none
#                       onObjectFinalized   maxInstances 3, region europe-west1
#   defined after:      onRequest           maxInstances 3, region europe-west1
#                       onSchedule          maxInstances 3, region europe-west1
#                       onDocumentCreated   maxInstances 3, region europe-west1
#                       onObjectFinalized   maxInstances 3, region europe-west1
#   with secrets: [A]:  secrets A, labels team, of
#   with none:          secrets GLOBAL, labels team
#
# Run: sh findings/firebase_functions_global_options.sh   (needs node, npm and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund firebase-functions@7.4.0 firebase-admin@13.10.0

cat > ask.js <<'JAVASCRIPT'
process.env.GCLOUD_PROJECT = "acme";

const { onDocumentCreated } = require("firebase-functions/v2/firestore");
const { onRequest } = require("firebase-functions/v2/https");
const { setGlobalOptions } = require("firebase-functions/v2");
const { onSchedule } = require("firebase-functions/v2/scheduler");
const { onObjectFinalized } = require("firebase-functions/v2/storage");

const nothing = () => {};
const shown = (value) => (value === undefined || typeof value !== "object" || Array.isArray(value) ? value : undefined);

const defined = () => ({
  onRequest: onRequest(nothing),
  onSchedule: onSchedule("every 5 minutes", nothing),
  onDocumentCreated: onDocumentCreated("users/{user}", nothing),
  onObjectFinalized: onObjectFinalized("acme-uploads", nothing),
});

function show(when, functions) {
  for (const [name, { __endpoint: endpoint }] of Object.entries(functions)) {
    const limit = shown(endpoint.maxInstances) ?? "none";
    console.log(`${when.padEnd(19)} ${name.padEnd(19)} maxInstances ${limit}, region ${shown(endpoint.region) ?? "none"}`);
    when = "";
  }
}

function showOwn(when, { __endpoint: endpoint }) {
  const secrets = endpoint.secretEnvironmentVariables.map((secret) => secret.key).join(", ");
  console.log(`${when.padEnd(19)} secrets ${secrets}, labels ${Object.keys(endpoint.labels).join(", ")}`);
}

const before = defined();
setGlobalOptions({ maxInstances: 3, region: "europe-west1", secrets: ["GLOBAL"], labels: { team: "a" } });
show("defined before:", before);
show("defined after:", defined());
showOwn("with secrets: [A]:", onRequest({ secrets: ["A"], labels: { of: "b" } }, nothing));
showOwn("with none:", onRequest(nothing));
JAVASCRIPT

node ask.js > seen
cat seen

cat > expected <<'TEXT'
defined before:     onRequest           maxInstances none, region none
                    onSchedule          maxInstances none, region none
                    onDocumentCreated   maxInstances none, region none
                    onObjectFinalized   maxInstances 3, region europe-west1
defined after:      onRequest           maxInstances 3, region europe-west1
                    onSchedule          maxInstances 3, region europe-west1
                    onDocumentCreated   maxInstances 3, region europe-west1
                    onObjectFinalized   maxInstances 3, region europe-west1
with secrets: [A]:  secrets A, labels team, of
with none:          secrets GLOBAL, labels team
TEXT
if ! diff expected seen; then
    echo "CHANGED: firebase-functions gives global options otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: functions that are defined before setGlobalOptions are without them, but those of Storage."
