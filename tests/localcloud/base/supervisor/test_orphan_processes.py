from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from localcloud.base.supervisor import processes
from localcloud.base.supervisor.home import StandaloneHome as Home
from localcloud.base.supervisor.orphan_processes import strays

Spawn = Callable[..., psutil.Process]
Eventually = Callable[[Callable[[], object]], None]

PARENT = "import subprocess, time; subprocess.Popen(['sleep', '61']); time.sleep(60)"


def test_children_of_a_killed_process_of_ours_are_strays(home: Home, eventually: Eventually) -> None:
    record = processes.start(home, "parent", [sys.executable, "-c", PARENT], os.environ)
    parent = psutil.Process(record.pid)
    eventually(parent.children)
    child = parent.children()[0]
    assert strays(home, [parent]) == []
    parent.kill()
    parent.wait()
    assert strays(home, []) == [child]
    processes.end([child])


def test_processes_of_another_stack_are_none_of_ours(home: Home, spawn: Spawn) -> None:
    other = spawn("sleep", "60", **{processes.MARK: f"{home.path}-other"})
    assert other not in strays(home)


def test_helpers_of_a_plain_engine_are_strays_only_when_it_is_dead(
    home: Home, spawn: Spawn, eventually: Eventually, program: Callable[..., Path]
) -> None:
    helper = program("pulumi-language-python", "sleep 60; true")
    engine = program("pulumi", f"{helper} & wait")
    running = spawn("bash", "-c", f"exec -a pulumi sh {engine}", PULUMI_BACKEND_URL=home.backend)
    eventually(lambda: running.children(recursive=True))
    family = running.children(recursive=True)
    if running.name() == "pulumi":  # the kernel names a script's process after its interpreter
        assert strays(home) == []
    running.kill()
    running.wait()
    assert family[0] in strays(home)
    processes.end(family)


def test_a_users_own_programs_are_left_alone(home: Home, spawn: Spawn) -> None:
    shell = spawn("sleep", "60", PULUMI_BACKEND_URL=home.backend)
    assert shell not in strays(home)


def test_a_cloud_run_instance_is_known_by_its_folder(home: Home, spawn: Spawn, eventually: Eventually) -> None:
    image = home.path / "images" / "abc"
    image.mkdir(parents=True)
    gate = ["sh", "-c", "sleep 60; true", "instance", "uvicorn", "main:app"]
    instance = spawn(*gate, cwd=image)
    elsewhere = spawn(*gate)
    eventually(lambda: instance in strays(home))
    assert elsewhere not in strays(home)


def test_a_shell_in_an_image_s_folder_is_left_alone(home: Home, spawn: Spawn) -> None:
    image = home.path / "images" / "abc"
    image.mkdir(parents=True)
    assert spawn("sleep", "60", cwd=image) not in strays(home)
