"""Cloud Firestore on this machine, for the unmodified official client libraries.

`server.serve(home)` is the entry point; `python -m localcloud.firestore --home HOME` runs it as a process. Documents
lie in the world, so they survive a restart; transactions and listeners end with the process, and clients start over.
"""
