"""Cloud Tasks for the unmodified client library: queues come from the world, tasks through here.

Reference: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from google.cloud.tasks_v2 import types
from google.protobuf.empty_pb2 import Empty
from grpc import StatusCode

from localcloud import iam
from localcloud.base.world import World
from localcloud.control.paging import page
from localcloud.control.queues import Queue, Queues
from localcloud.control.resource_names import parts
from localcloud.control.taskspec import TASK_NAME, accepted, shown
from localcloud.control.taskstore import NameTakenError, Stored, TaskStore
from localcloud.control.times import duration
from localcloud.rpc import Call, Method, Refused, Service

LOCATION_NAME = "projects/{project}/locations/{location}"
QUEUE_NAME = "projects/{project}/locations/{location}/queues/{queue}"
MOST_TASKS = 1000  # items a page: the reference's page_size
MOST_QUEUES = 9800


class CloudTasks:
    """The methods, over the queues of one world.

    `wake` is called when a task may be due; `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        world: World,
        queues: Queues,
        tasks: TaskStore,
        wake: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._world = world
        self._queues = queues
        self._tasks = tasks
        self._wake = wake
        self._clock = clock

    def service(self) -> Service:
        """Return the table of methods that the gRPC server serves."""
        table: list[tuple[str, Any, Any, Callable[[Any, Call], Any]]] = [
            ("GetQueue", types.GetQueueRequest, types.Queue, self.get_queue),
            ("ListQueues", types.ListQueuesRequest, types.ListQueuesResponse, self.list_queues),
            ("PauseQueue", types.PauseQueueRequest, types.Queue, self.pause_queue),
            ("ResumeQueue", types.ResumeQueueRequest, types.Queue, self.resume_queue),
            ("PurgeQueue", types.PurgeQueueRequest, types.Queue, self.purge_queue),
            ("CreateTask", types.CreateTaskRequest, types.Task, self.create_task),
            ("GetTask", types.GetTaskRequest, types.Task, self.get_task),
            ("ListTasks", types.ListTasksRequest, types.ListTasksResponse, self.list_tasks),
            ("RunTask", types.RunTaskRequest, types.Task, self.run_task),
        ]
        methods = [Method(name, request.pb(), response.pb(), answer) for name, request, response, answer in table]
        delete = Method("DeleteTask", types.DeleteTaskRequest.pb(), Empty, self.delete_task)
        return Service("google.cloud.tasks.v2.CloudTasks", [*methods, delete])

    # Queues

    def get_queue(self, request: Any, call: Call) -> Any:
        """Return one queue."""
        return _described(self._queue(request.name, call, "cloudtasks.queues.get"))

    def list_queues(self, request: Any, call: Call) -> Any:
        """Return the queues of a location."""
        parts(LOCATION_NAME, request.parent)
        self._require(call, "cloudtasks.queues.list", request.parent)
        if request.filter:
            raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal lists queues without a filter only.")
        found = [queue for queue in self._queues.all() if queue.name.startswith(f"{request.parent}/queues/")]
        some, rest = page(found, request.page_size, request.page_token, MOST_QUEUES)
        return types.ListQueuesResponse.pb()(queues=[_described(queue) for queue in some], next_page_token=rest)

    def pause_queue(self, request: Any, call: Call) -> Any:
        """Stop dispatching; tasks may still be added."""
        return self._paused(request.name, call, True, "cloudtasks.queues.pause")

    def resume_queue(self, request: Any, call: Call) -> Any:
        """Go on dispatching."""
        return self._paused(request.name, call, False, "cloudtasks.queues.resume")

    def purge_queue(self, request: Any, call: Call) -> Any:
        """Delete all tasks of a queue."""
        queue = self._queue(request.name, call, "cloudtasks.queues.purge")
        self._tasks.purge(queue, self._clock())
        return _described(queue)

    def _paused(self, name: str, call: Call, paused: bool, permission: str) -> Any:
        queue = self._queue(name, call, permission)
        self._queues.pause(queue, paused)
        self._wake()
        return _described(self._found(name))

    # Tasks

    def create_task(self, request: Any, call: Call) -> Any:
        """Add a task. Needs `actAs` on the service account that its deliveries are signed for."""
        queue = self._queue(request.parent, call, "cloudtasks.tasks.create")
        task = accepted(queue.name, request.task, self._clock())
        if task.http_request.HasField("oidc_token"):
            self._require_act_as(call, task.http_request.oidc_token.service_account_email)
        self._require_view(call, request)
        try:
            self._tasks.add(queue, task, self._clock())
        except NameTakenError as error:
            raise Refused(StatusCode.ALREADY_EXISTS, str(error)) from error
        self._wake()
        return shown(task, request.response_view)

    def get_task(self, request: Any, call: Call) -> Any:
        """Return a task that is not settled yet."""
        self._require_view(call, request)
        return shown(self._task(request.name, call, "cloudtasks.tasks.get")[1].task, request.response_view)

    def list_tasks(self, request: Any, call: Call) -> Any:
        """Return the tasks of a queue that are not settled yet."""
        queue = self._queue(request.parent, call, "cloudtasks.tasks.list")
        self._require_view(call, request)
        some, rest = page(self._tasks.all(queue), request.page_size, request.page_token, MOST_TASKS)
        tasks = [shown(stored.task, request.response_view) for stored in some]
        return types.ListTasksResponse.pb()(tasks=tasks, next_page_token=rest)

    def delete_task(self, request: Any, call: Call) -> Empty:
        """Delete a task; its name stays taken for about an hour."""
        _, stored = self._task(request.name, call, "cloudtasks.tasks.delete")
        if not self._tasks.delete(stored.name, self._clock()):
            raise _no_task()
        return Empty()

    def run_task(self, request: Any, call: Call) -> Any:
        """Deliver a task now, whatever its schedule, the queue's pace and a pause."""
        _, stored = self._task(request.name, call, "cloudtasks.tasks.run")
        self._require_view(call, request)
        forced = self._tasks.force(stored, self._clock())
        self._wake()
        return shown(forced.task, request.response_view)

    # Finding and permitting

    def _require(self, call: Call, permission: str, resource: str) -> None:
        if not iam.allows(self._world, call.member, permission, resource):
            iam.denied(self._world, call.member, permission, resource)
            raise Refused(
                StatusCode.PERMISSION_DENIED,
                f'The principal (user or service account) "{call.member}" lacks IAM permission "{permission}" for the '
                f'resource "{resource}" (or the resource may not exist).',
            )

    def _require_act_as(self, call: Call, email: str) -> None:
        self._require(call, "iam.serviceAccounts.actAs", f"projects/-/serviceAccounts/{email}")

    def _require_view(self, call: Call, request: Any) -> None:
        if request.response_view == types.Task.View.FULL:
            name = getattr(request, "parent", "") or request.name
            self._require(call, "cloudtasks.tasks.fullView", name)

    def _queue(self, name: str, call: Call, permission: str) -> Queue:
        parts(QUEUE_NAME, name)
        self._require(call, permission, name)
        return self._found(name)

    def _found(self, name: str) -> Queue:
        named = parts(QUEUE_NAME, name)
        queue = self._queues.get(named["project"], named["location"], named["queue"])
        if queue is None:
            raise Refused(
                StatusCode.NOT_FOUND,
                f"Queue does not exist: {name}. If you just created the queue, wait at least a minute for the queue "
                "to initialize.",
            )
        return queue

    def _task(self, name: str, call: Call, permission: str) -> tuple[Queue, Stored]:
        named = parts(TASK_NAME, name)
        self._require(call, permission, name)
        queue = self._found(name.partition("/tasks/")[0])
        stored = self._tasks.get(queue, f"{queue.name}/tasks/{named['task']}")
        if stored is None:
            raise _no_task()
        return queue, stored


def _no_task() -> Refused:
    return Refused(StatusCode.NOT_FOUND, "Requested entity was not found: it never existed, is done, or was deleted.")


def _described(queue: Queue) -> Any:
    states = types.Queue.State
    return types.Queue.pb()(
        name=queue.name,
        state=states.PAUSED if queue.paused else states.RUNNING,
        rate_limits={
            "max_dispatches_per_second": queue.rates.max_dispatches_per_second,
            "max_burst_size": queue.rates.max_burst_size,
            "max_concurrent_dispatches": queue.rates.max_concurrent_dispatches,
        },
        retry_config={
            "max_attempts": queue.retries.max_attempts,
            "max_retry_duration": duration(queue.retries.max_retry_duration),
            "min_backoff": duration(queue.retries.min_backoff),
            "max_backoff": duration(queue.retries.max_backoff),
            "max_doublings": queue.retries.max_doublings,
        },
    )
