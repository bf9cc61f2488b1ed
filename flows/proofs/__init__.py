"""The long proofs: kills, faults and load on a running rehearsal, each with one verdict.

What was acknowledged is remembered outside of the stack, what came of it is counted at the vendors (`oracle.py`): their
request history and the mail sink know nothing of what the services believe.
"""
