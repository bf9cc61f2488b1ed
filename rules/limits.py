"""The published limits of Firestore Security Rules.

Source: https://firebase.google.com/docs/firestore/quotas (section "Security rules") and
https://firebase.google.com/docs/firestore/security/rules-conditions ("Access call limits").
"""

MAX_SOURCE_BYTES = 256 * 1024
"""The largest rules text that can be published, in bytes."""

MAX_MATCH_DEPTH = 10
"""How many `match` blocks may lie inside the first one of a service."""

MAX_PATH_SEGMENTS = 100
"""How many segments the paths of nested `match` blocks may have together."""

MAX_PATH_VARIABLES = 20
"""How many variables the paths of nested `match` blocks may bind together."""

MAX_ARGUMENTS = 7
"""How many parameters a function may have."""

MAX_LETS = 10
"""How many `let` bindings a function may have."""

MAX_CALL_DEPTH = 20
"""How deep functions may call each other."""

MAX_NESTING = 99
"""How deep an expression may nest: brackets, operators, calls, lists and maps count."""

MAX_CHAIN = 150
"""How many `.field`, `[index]` and `.method()` may follow one another. Google publishes no number for it."""

MAX_EXPRESSIONS = 1_000
"""How many expressions one request may evaluate."""

MAX_LOOKUPS_SINGLE = 10
"""How many documents a read of one document, a query, or one write may look up."""

MAX_LOOKUPS_BATCH = 20
"""How many documents a read of several documents, or all writes of a batch or transaction, may look up together."""
