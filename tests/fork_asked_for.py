"""Stands for an interpreter that runs a module: asks for a fork that does so, with its streams, and ends as that ends.

    python -IS fork_asked_for.py SOCKET -m MODULE ARGUMENTS

The socket is that of `tests/forked.py`. It loads as little as it can.
"""

import json
import os
import socket
import sys

HOST = b"h"
DIGITS = 16  # bytes of a process id, before the exit code

path, _, module, *arguments = sys.argv[1:]
(wanted, request), (told, end) = os.pipe(), os.pipe()
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect(path)
    socket.send_fds(asked, [HOST], [wanted, 0, 1, 2, end])
for each in (wanted, end):
    os.close(each)
with os.fdopen(request, "w") as file:
    json.dump({"module": module, "arguments": arguments, "environ": dict(os.environ)}, file)
with os.fdopen(told, "rb") as answer:
    answer.read(DIGITS)
    sys.exit(int(answer.read() or 1))
