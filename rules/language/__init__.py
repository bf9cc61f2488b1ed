"""Rules text to syntax tree: tokens, grammar and the checks a compiler makes before anything runs."""
