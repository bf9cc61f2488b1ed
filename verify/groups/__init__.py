"""The groups of checks, one module each: which questions are asked, and which judge decides on the answers."""
