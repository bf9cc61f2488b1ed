#!/bin/sh
# superstatic 10.0.0 (npm), the server of Firebase Hosting that `firebase serve` and its emulator run.
#
# The `source` of a header in firebase.json is held against the path of the request, not against the file that answers it. So
# the front page, whose path is /, gets no header of `index.html`, and a page that is rewritten to it gets none either; that is
# so in production too (firebase/firebase-tools#3769). Less known is what follows for patterns that read as "everything": a
# `*` stands for at least one character, so `**/*` gives a header to every path except the front page, and only `**` gives it
# to that one. Both leave out what begins with a dot, such as /.well-known; a pattern that is negated does not. And a list that
# is excluded needs its slash: without it, `!(*.js)` is the negation of a name in parentheses, which every path passes; in
# production it is the list (firebase/firebase-tools#1665).
#
# The output that was seen (yes: the answer had the header):
#                /     /index.html  /deep/link  /main.dart.js  /.well-known/assetlinks.json
#   **           yes   yes          yes         yes            -
#   **/*         -     yes          yes         yes            -
#   *            -     yes          -           yes            -
#   /            yes   -            -           -              -
#   index.html   -     yes          -           -              -
#   **.js        -     -            -           yes            -
#   !**/*.js     yes   yes          yes         -              yes
#   /!(*.js)     -     yes          -           -              -
#   !(*.js)      yes   yes          yes         yes            yes
#
# Run: sh findings/superstatic_header_globs.sh   (needs node, npm and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --omit=optional superstatic@10.0.0
mkdir -p site/.well-known
for file in index.html main.dart.js .well-known/assetlinks.json; do echo "here" > "site/$file"; done

cat > ask.js <<'JAVASCRIPT'
const http = require("node:http");
const { default: superstatic } = require("superstatic");

const SOURCES = ["**", "**/*", "*", "/", "index.html", "**.js", "!**/*.js", "/!(*.js)", "!(*.js)"];
const PATHS = ["/", "/index.html", "/deep/link", "/main.dart.js", "/.well-known/assetlinks.json"];
const WIDTHS = [6, 13, 12, 15, 0];

const line = (name, cells) => `${name.padEnd(13)}${cells.map((cell, at) => cell.padEnd(WIDTHS[at])).join("")}`.trimEnd();

async function main() {
  console.log(line("", PATHS));
  for (const source of SOURCES) {
    const config = {
      public: "site",
      rewrites: [{ source: "**", destination: "/index.html" }],
      headers: [{ source, headers: [{ key: "X-Frame-Options", value: "DENY" }] }],
    };
    const serve = superstatic({ cwd: process.cwd(), config });
    const server = http.createServer((request, answer) => serve(request, answer, () => answer.end()));
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const cells = [];
    for (const path of PATHS) {
      const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { connection: "close" } });
      await answer.text();
      cells.push(answer.status === 200 && answer.headers.has("x-frame-options") ? "yes" : "-");
    }
    server.close();
    console.log(line(source, cells));
  }
}

main();
JAVASCRIPT

node ask.js > seen
cat seen

cat > expected <<'TEXT'
             /     /index.html  /deep/link  /main.dart.js  /.well-known/assetlinks.json
**           yes   yes          yes         yes            -
**/*         -     yes          yes         yes            -
*            -     yes          -           yes            -
/            yes   -            -           -              -
index.html   -     yes          -           -              -
**.js        -     -            -           yes            -
!**/*.js     yes   yes          yes         -              yes
/!(*.js)     -     yes          -           -              -
!(*.js)      yes   yes          yes         yes            yes
TEXT
if ! diff expected seen; then
    echo "CHANGED: superstatic matches the sources of headers otherwise; look at triage/project/hosting.py."
    exit 1
fi
echo "As before: a header for **/* is on every page but the front page."
