"""Our rules interpreter beside a foreign engine, on generated rules, data and requests.

    python -m tools.rulesoracle --engine PATH/hidane --triples 20000 --seed 1

The foreign engine is any program that serves the Firestore emulator's HTTP calls, such as hidane
(https://crates.io/crates/hidane) or Google's own. It is for development only.
"""
