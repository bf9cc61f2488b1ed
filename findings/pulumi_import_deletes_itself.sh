#!/bin/sh
# The engine of Pulumi 3.230.0 (Go module) with pulumi 3.272.0 (PyPI): the resource option `import_`.
#
# Many providers import a resource under a longer name than its id: a DNS record as ZONE/RECORD, whose id is RECORD. So
# the engine keeps the name that something was imported under (pulumi/pulumi#4403), and a program may leave the option
# where it is. That holds where the program says what the resource is already. Where it wants something else, the engine
# imports the resource, changes it in the same run and does not keep that name. The next run of the same program imports
# again, calls it a replacement, and deletes what was replaced, which is the resource itself. The state still has it,
# and each further run does the same. Reported for secrets and for DNS records: pulumi/pulumi#14836. With `retain_on_delete`
# nothing is deleted.
#
# The output that was seen:
#   as-it-is, run 1: read zone/record
#   as-it-is, run 2: nothing
#   as-it-is, in the state: 1 record
#   changed, run 1: read zone/record, update record
#   changed, run 2: read zone/record, update record, delete record
#   changed, in the state: 1 record
#   retained, run 1: read zone/record, update record
#   retained, run 2: read zone/record, update record
#   retained, in the state: 1 record
#
# Run: sh findings/pulumi_import_deletes_itself.sh   (needs python3, go and their package indexes, and minutes, as it
# compiles the engine; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pulumi==3.272.0

export GOFLAGS=-mod=mod
mkdir -p engine/bin state
printf 'module engine\n' > go.mod
go get github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v3.230.0 2> get.log || { cat get.log; exit 1; }
go build -o engine/bin/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

cat > play.py <<'PYTHON'
"""Runs one program twice; a provider of one type stands in for a cloud and writes down what it is asked.

As with many providers, what is imported is named with the place it lies in, ZONE/RECORD, and its id is RECORD.
"""

import os
import sys
from concurrent import futures

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi import automation
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

ENGINE = sys.argv[1]


class Cloud(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self):
        self.asked = []

    def Attach(self, request, context):
        return empty_pb2.Empty()

    def Handshake(self, request, context):
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Cancel(self, request, context):
        return empty_pb2.Empty()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        is_same = request.news["content"] == request.olds["content"]
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if is_same else kinds.DIFF_SOME)

    def Read(self, request, context):
        self.asked.append(f"read {request.id}")
        answer = provider_pb2.ReadResponse(id=request.id.rpartition("/")[2])
        answer.properties["content"] = answer.inputs["content"] = "by hand"
        return answer

    def Update(self, request, context):
        self.asked.append(f"update {request.id}")
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request, context):
        self.asked.append(f"delete {request.id}")
        return empty_pb2.Empty()


def played(name, options, content):
    """Run the program twice and return what the cloud was asked each time, and how many records the state has."""
    cloud, server = Cloud(), grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(cloud, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def program():
        pulumi.CustomResource("rec:index:Record", "mx", {"content": content}, options)

    workspace = automation.LocalWorkspaceOptions(
        pulumi_command=automation.PulumiCommand(root=ENGINE, skip_version_check=True),
        env_vars={**os.environ, "PULUMI_DEBUG_PROVIDERS": f"rec:{port}"},
    )
    stack = automation.create_or_select_stack(name, "findings", program, opts=workspace)
    for number in (1, 2):
        cloud.asked.clear()
        stack.up()
        print(f"{name}, run {number}: {', '.join(cloud.asked) or 'nothing'}")
    kept = stack.export_stack().deployment["resources"]
    print(f"{name}, in the state: {sum(each['type'] == 'rec:index:Record' for each in kept)} record")
    server.stop(None)


played("as-it-is", pulumi.ResourceOptions(import_="zone/record"), "by hand")
played("changed", pulumi.ResourceOptions(import_="zone/record"), "by the program")
played("retained", pulumi.ResourceOptions(import_="zone/record", retain_on_delete=True), "by the program")
PYTHON

export PULUMI_BACKEND_URL="file://$folder/state" PULUMI_CONFIG_PASSPHRASE=findings PULUMI_SKIP_UPDATE_CHECK=true
venv/bin/python play.py "$folder/engine" > seen
cat seen

cat > expected <<'TEXT'
as-it-is, run 1: read zone/record
as-it-is, run 2: nothing
as-it-is, in the state: 1 record
changed, run 1: read zone/record, update record
changed, run 2: read zone/record, update record, delete record
changed, in the state: 1 record
retained, run 1: read zone/record, update record
retained, run 2: read zone/record, update record
retained, in the state: 1 record
TEXT
if ! diff expected seen; then
    echo "CHANGED: the engine treats imports otherwise; look at infra/adoption.py and engine/adopted.py."
    exit 1
fi
echo "As before: what is imported and changed in one run is deleted by the next one, unless it is retained."
