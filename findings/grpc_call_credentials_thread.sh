#!/bin/sh
# grpcio 1.85.1 and google-auth 2.62.2 (Python), credentials of a call as Google's client libraries hand them over.
#
# The libraries wrap an access token as call credentials (google.auth.transport.grpc.AuthMetadataPlugin). For each call
# gRPC asks that plugin for the token, and grpcio does so on a thread that it starts for the question and that ends with
# it, also when the token is known and valid for an hour. So a service that makes a dozen small calls for an event
# starts a dozen threads, which takes about as much of the processor as the calls themselves. The same token as a header
# of the call starts none.
#
# The output that was seen:
#   200 calls with call credentials: 200 threads started
#   200 calls with the token as a header: 0 threads started
#   the server was told the same each time: authorization: Bearer token
#
# Run: sh findings/grpc_call_credentials_thread.sh   (needs python3 and the package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet grpcio==1.85.1 google-auth==2.62.2 requests==2.34.2

cat > ask.py <<'PY'
import threading
from concurrent import futures

import grpc
from google.auth.transport.grpc import AuthMetadataPlugin
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

METHOD, CALLS = "/acme.Echo/Say", 200
heard = set()


def say(request, context):
    heard.update(value for name, value in context.invocation_metadata() if name == "authorization")
    return request


server = grpc.server(futures.ThreadPoolExecutor(1))
handler = grpc.unary_unary_rpc_method_handler(say)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("acme.Echo", {"Say": handler}),))
address = "unix:echo.sock"  # call credentials want a connection that nobody else can read
local = grpc.LocalConnectionType.UDS
server.add_secure_port(address, grpc.local_server_credentials(local))
server.start()

started = []
start = threading.Thread.start
threading.Thread.start = lambda thread: (started.append(thread), start(thread))[1]


def threads_for(channel, **more):
    call = channel.unary_unary(METHOD)
    call(b"first", **more)  # a channel starts threads of its own
    before = len(started)
    for _ in range(CALLS):
        call(b"again", **more)
    return len(started) - before


token = Credentials("token")
plugin = grpc.metadata_call_credentials(AuthMetadataPlugin(token, Request()))
plain = grpc.local_channel_credentials(local)
with grpc.secure_channel(address, grpc.composite_channel_credentials(plain, plugin)) as channel:
    print(f"{CALLS} calls with call credentials: {threads_for(channel)} threads started")
with grpc.secure_channel(address, plain) as channel:
    header = (("authorization", f"Bearer {token.token}"),)
    print(f"{CALLS} calls with the token as a header: {threads_for(channel, metadata=header)} threads started")
print(f"the server was told the same each time: authorization: {' | '.join(sorted(heard))}")
server.stop(None)
PY

python/bin/python ask.py | tee seen

cat > expected <<'SEEN'
200 calls with call credentials: 200 threads started
200 calls with the token as a header: 0 threads started
the server was told the same each time: authorization: Bearer token
SEEN
cmp expected seen
