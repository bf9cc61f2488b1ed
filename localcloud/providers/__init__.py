"""The provider servers the real Pulumi engine attaches to: they hold what it creates in the world.

`python -m localcloud.providers --home HOME` starts both, `server.serve(home)` does so inside a test.
"""
