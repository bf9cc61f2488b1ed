"""The official Cloud Tasks client on the rehearsal: the queue; a task for in an hour is made once, listed, deleted."""

from __future__ import annotations

import os
import sys
import time
import uuid

import grpc
from google.api_core.exceptions import AlreadyExists
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf.timestamp_pb2 import Timestamp

REGION = "europe-west1"
QUEUE = f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}/locations/{REGION}/queues/events"


def main() -> None:
    channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
    client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    sys.stdout.write(f"{client.get_queue(name=QUEUE).state.name}\n")
    task = tasks_v2.Task(
        name=f"{QUEUE}/tasks/{uuid.uuid4().hex}",
        http_request=tasks_v2.HttpRequest(url="https://nobody.run.app/", body=b"{}"),
        schedule_time=Timestamp(seconds=int(time.time()) + 3600),
    )
    client.create_task(parent=QUEUE, task=task)
    try:
        client.create_task(parent=QUEUE, task=task)
    except AlreadyExists:
        sys.stdout.write("created once\n")
    sys.stdout.write(f"listed {sum(found.name == task.name for found in client.list_tasks(parent=QUEUE))}\n")
    client.delete_task(name=task.name)
    sys.stdout.write(f"listed {sum(found.name == task.name for found in client.list_tasks(parent=QUEUE))}\n")


if __name__ == "__main__":
    main()
