#!/bin/sh
# github.com/pulumi/pulumi/sdk/v3 3.200.0 and 3.230.0 (Go), the configuration in Pulumi.<stack>.yaml.
#
# The engine reads this file twice: into Go values, written anew as YAML, and read again into configuration. What is a
# date without quotes arrives at the program as Go prints a time, `2026-12-01 00:00:00 +0000 UTC`, and `2026-1-2`
# becomes another text too. An id such as a short commit, `12345e6`, is a number; one with a zero in front is base 8,
# or base 10 where a digit is 8 or 9; NaN has the whole file refused. Of YAML 1.1 it is `no`, `on` and `1:30` that stay
# texts. No tool that reads the file with a library of YAML 1.1, as PyYAML, sees the same values. Quotes help with all
# of these, but not here: a text of several lines loses the line break that it begins with, and with one that begins
# with a tab no command reads the file at all, because the second reading cannot parse what the first has written.
#
# The output that was seen, for both versions:
#   2026-12-01           -> "2026-12-01 00:00:00 +0000 UTC"
#   2026-1-2             -> "2026-01-02 00:00:00 +0000 UTC"
#   2026-13-45           -> "2026-13-45"
#   12345e6              -> 12345000000
#   1e3                  -> 1000
#   017                  -> 15
#   0o17                 -> 15
#   08                   -> 8
#   no                   -> "no"
#   1:30                 -> "1:30"
#   .nan                 -> REFUSED: unsupported value: NaN
#   "2026-12-01"         -> "2026-12-01"
#   "x\ny"               -> "x\ny"
#   "\nx\ny"             -> "x\ny"
#   "\n\nx\ny"           -> "\nx\ny"
#   "\tx\ny"             -> REFUSED: line 3: found a tab character where an indentation space is expected
#
# Run: sh findings/pulumi_config_plain_values.sh   (needs go and the module proxy; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > ask.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

var written = []string{
	"2026-12-01", "2026-1-2", "2026-13-45", "12345e6", "1e3", "017", "0o17", "08", "no", "1:30", ".nan",
	`"2026-12-01"`, `"x\ny"`, `"\nx\ny"`, `"\n\nx\ny"`, `"\tx\ny"`,
}

// given returns what a program gets for a value, as JSON.
func given(value string) string {
	file := "config:\n  acme:settings: {a: " + value + "}\n"
	stack, err := workspace.LoadProjectStackBytes(
		nil, &workspace.Project{Name: "acme"}, []byte(file), "Pulumi.prod.yaml", encoding.YAML)
	if err != nil {
		parts := strings.Split(err.Error(), ": ")
		return "REFUSED: " + strings.Join(parts[max(0, len(parts)-2):], ": ")
	}
	decrypted, err := stack.Config.Decrypt(config.NopDecrypter)
	if err != nil {
		return "REFUSED: " + err.Error()
	}
	text := decrypted[config.MustMakeKey("acme", "settings")]
	return strings.TrimSuffix(strings.TrimPrefix(text, `{"a":`), "}")
}

func main() {
	for _, value := range written {
		fmt.Fprintf(os.Stdout, "%-20s -> %s\n", value, given(value))
	}
}
GO

for version in 3.200.0 3.230.0; do
    rm -f go.mod go.sum
    go mod init ask 2> /dev/null
    go get "github.com/pulumi/pulumi/sdk/v3@v$version" 2> /dev/null
    go mod tidy 2> /dev/null
    go run . > "seen-$version"
done
cat seen-3.200.0

cat > expected <<'TEXT'
2026-12-01           -> "2026-12-01 00:00:00 +0000 UTC"
2026-1-2             -> "2026-01-02 00:00:00 +0000 UTC"
2026-13-45           -> "2026-13-45"
12345e6              -> 12345000000
1e3                  -> 1000
017                  -> 15
0o17                 -> 15
08                   -> 8
no                   -> "no"
1:30                 -> "1:30"
.nan                 -> REFUSED: unsupported value: NaN
"2026-12-01"         -> "2026-12-01"
"x\ny"               -> "x\ny"
"\nx\ny"             -> "x\ny"
"\n\nx\ny"           -> "\nx\ny"
"\tx\ny"             -> REFUSED: line 3: found a tab character where an indentation space is expected
TEXT
if ! diff expected seen-3.200.0 || ! diff expected seen-3.230.0; then
    echo "CHANGED: the engine reads a stack's file otherwise; correct blueprint/engine_scalars.py and yaml_mappings.py."
    exit 1
fi
echo "As before: dates and exponents without quotes are others for the program, and a text can lose its beginning."
