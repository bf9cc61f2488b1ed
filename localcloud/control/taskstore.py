"""Stored tasks. A task is gone only when its handler answered 2xx, its retries are used up, or somebody deleted it.

Every step is one transaction with its journal entry, so a reader of the world after a kill sees a task that is to be
delivered (again), or one that is settled: delivery is at least once, as at Google.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import World
from localcloud.control.queues import Queue
from localcloud.control.taskspec import Task
from localcloud.control.times import seconds, timestamp

REMEMBERED = 3600.0  # seconds that a finished task's name stays taken (CreateTask: "up to 1 hour"; more is possible)
SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    name TEXT PRIMARY KEY, queue TEXT NOT NULL, born REAL NOT NULL, eta REAL NOT NULL, forced INTEGER NOT NULL,
    executions INTEGER NOT NULL, previous INTEGER, task BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_eta ON tasks (queue, born, eta);
CREATE TABLE IF NOT EXISTS task_names (name TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS task_names_by_end ON task_names (until);
"""


class NameTakenError(Exception):
    """A task of this name exists, or existed too recently; the message is the API's."""


@dataclass(frozen=True)
class Stored:
    """A stored task.

    `eta` is when it is due (seconds since the epoch). `forced` tasks ignore a pause. `executions` counts the answers of
    its handler except 5xx, `previous` is the status of the last one; both travel in headers.
    """

    task: Any
    eta: float
    forced: bool
    executions: int
    previous: int | None

    @property
    def name(self) -> str:
        """The full name."""
        return str(self.task.name)


@dataclass(frozen=True)
class Result:
    """How an attempt ended: a gRPC status code and its words, the HTTP status if there was an answer, and when."""

    code: int
    message: str
    http_status: int | None
    at: float


class TaskStore:
    """The tasks of every queue."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    # Reading

    def get(self, queue: Queue, name: str) -> Stored | None:
        """Return a task that is still to be delivered."""
        query = "SELECT * FROM tasks WHERE name = ? AND queue = ? AND born = ?"
        row = self._world.connection.execute(query, (name, queue.name, queue.born)).fetchone()
        return _stored(row) if row else None

    def all(self, queue: Queue) -> list[Stored]:
        """Return the queue's tasks, ordered by name."""
        query = "SELECT * FROM tasks WHERE queue = ? AND born = ? ORDER BY name"
        return [_stored(row) for row in self._world.connection.execute(query, (queue.name, queue.born))]

    def depth(self, queue: Queue) -> int:
        """Return how many tasks the queue holds."""
        query = "SELECT COUNT(*) FROM tasks WHERE queue = ? AND born = ?"
        return int(self._world.connection.execute(query, (queue.name, queue.born)).fetchone()[0])

    def due(self, queue: Queue, now: float, most: int) -> list[tuple[str, bool]]:
        """Return name and `forced` of tasks that may be dispatched now, the longest due first.

        Of a paused queue only the forced ones.
        """
        query = (
            "SELECT name, forced FROM tasks WHERE queue = ? AND born = ? AND eta <= ? AND forced >= ? "
            "ORDER BY eta, rowid LIMIT ?"
        )
        rows = self._world.connection.execute(query, (queue.name, queue.born, now, queue.paused, most))
        return [(row["name"], bool(row["forced"])) for row in rows]

    def next_eta(self, queue: Queue, after: float) -> float | None:
        """Return when the queue's next task after that time is due."""
        query = "SELECT MIN(eta) FROM tasks WHERE queue = ? AND born = ? AND eta > ? AND forced >= ?"
        row = self._world.connection.execute(query, (queue.name, queue.born, after, queue.paused)).fetchone()
        found: float | None = row[0]
        return found

    # Changing

    def add(self, queue: Queue, task: Any, now: float) -> None:
        """Store a task; raises NameTakenError."""
        with self._world.transaction() as connection:
            connection.execute("DELETE FROM task_names WHERE until < ?", (now,))
            if connection.execute("SELECT 1 FROM tasks WHERE name = ?", (task.name,)).fetchone():
                raise NameTakenError("Requested entity already exists")
            if connection.execute("SELECT 1 FROM task_names WHERE name = ?", (task.name,)).fetchone():
                raise NameTakenError(
                    "The task cannot be created because a task with this name existed too recently. For more "
                    "information about task de-duplication see "
                    "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create"
                )
            eta = seconds(task.schedule_time)
            connection.execute(
                "INSERT INTO tasks VALUES (?, ?, ?, ?, 0, 0, NULL, ?)",
                (task.name, queue.name, queue.born, eta, task.SerializeToString()),
            )
            self._world.record("task", task.name, event="created", status=None, url=task.http_request.url)

    def force(self, stored: Stored, now: float) -> Stored:
        """Make the task due at once, whatever the queue's pace and state."""
        stored.task.schedule_time.CopyFrom(timestamp(now))
        self._world.connection.execute(
            "UPDATE tasks SET eta = ?, forced = 1, task = ? WHERE name = ?",
            (now, stored.task.SerializeToString(), stored.name),
        )
        return stored

    def begin(self, name: str, now: float) -> Stored | None:
        """Count an attempt and return the task with it, or None when the task is gone; it stays due until `settle`."""
        with self._world.transaction() as connection:
            row = connection.execute("SELECT * FROM tasks WHERE name = ?", (name,)).fetchone()
            if row is None:
                return None
            begun = _stored(row)
            begun.task.dispatch_count += 1
            begun.task.last_attempt.Clear()
            begun.task.last_attempt.schedule_time.CopyFrom(begun.task.schedule_time)
            begun.task.last_attempt.dispatch_time.CopyFrom(timestamp(now))
            if begun.task.dispatch_count == 1:
                begun.task.first_attempt.dispatch_time.CopyFrom(timestamp(now))
            _save(connection, begun.task)
            return begun

    def settle(self, begun: Stored, result: Result, retry_at: float | None) -> None:
        """Store how an attempt ended: done, to be tried again at `retry_at`, or dropped when there is none."""
        task, succeeded = begun.task, result.code == 0
        with self._world.transaction() as connection:
            if connection.execute("SELECT 1 FROM tasks WHERE name = ?", (task.name,)).fetchone() is None:
                return  # deleted while its handler worked
            about = {"status": result.http_status, "attempt": task.dispatch_count, "message": result.message}
            self._world.record("task", task.name, event="attempt", **about)
            if succeeded or retry_at is None:
                self._world.record("task", task.name, event="done" if succeeded else "dropped", **about)
                _forget(connection, task.name, result.at)
            else:
                _wait(connection, begun, result, retry_at)

    def delete(self, name: str, now: float) -> bool:
        """Delete a task, its name stays taken for a while; returns whether there was one."""
        with self._world.transaction() as connection:
            if not _forget(connection, name, now):
                return False
            self._world.record("task", name, event="deleted", status=None)
            return True

    def purge(self, queue: Queue, now: float) -> None:
        """Delete all tasks of a queue."""
        for stored in self.all(queue):
            self.delete(stored.name, now)

    def forget_removed(self, queues: list[Queue]) -> None:
        """Delete the tasks of queues that are no longer in the world: they die with their queue."""
        kept = {(queue.name, queue.born) for queue in queues}
        rows = self._world.connection.execute("SELECT DISTINCT queue, born FROM tasks").fetchall()
        for gone in (row for row in rows if tuple(row) not in kept):
            self._world.connection.execute("DELETE FROM tasks WHERE queue = ? AND born = ?", tuple(gone))


def _wait(connection: sqlite3.Connection, begun: Stored, result: Result, retry_at: float) -> None:
    task = begun.task
    answered = result.http_status is not None
    task.response_count += answered
    task.last_attempt.response_status.code = result.code
    task.last_attempt.response_status.message = result.message
    if answered:
        task.last_attempt.response_time.CopyFrom(timestamp(result.at))
    task.schedule_time.CopyFrom(timestamp(retry_at))
    _save(connection, task)
    counted = result.http_status is not None and result.http_status < 500
    connection.execute(
        "UPDATE tasks SET eta = ?, forced = 0, executions = executions + ?, previous = ? WHERE name = ?",
        (retry_at, counted, result.http_status, task.name),
    )


def _save(connection: sqlite3.Connection, task: Any) -> None:
    connection.execute("UPDATE tasks SET task = ? WHERE name = ?", (task.SerializeToString(), task.name))


def _forget(connection: sqlite3.Connection, name: str, now: float) -> bool:
    if not connection.execute("DELETE FROM tasks WHERE name = ?", (name,)).rowcount:
        return False
    connection.execute("INSERT OR REPLACE INTO task_names VALUES (?, ?)", (name, now + REMEMBERED))
    return True


def _stored(row: sqlite3.Row) -> Stored:
    return Stored(Task.FromString(row["task"]), row["eta"], bool(row["forced"]), row["executions"], row["previous"])
