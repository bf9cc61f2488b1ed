from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from localcloud.base import forkserver
from localcloud.base import ports as listening
from localcloud.base.ports import SERVERS
from localcloud.base.supervisor import processes, servers
from localcloud.base.supervisor.errors import StartError
from localcloud.base.supervisor.home import StandaloneHome as Home
from localcloud.base.supervisor.server_code import ServerCode

# Listens on its ports as every server of the local cloud does; BROKEN makes it end at once.
SERVER = """
import argparse, json, pathlib, socket, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--home", type=pathlib.Path)
parser.add_argument("--requirements")
given = parser.parse_args()
home = given.home
print(given.requirements, pathlib.Path.cwd())
if (home / "broken").exists():
    sys.exit("no such table: resources")
ports = json.loads((home / "ports.json").read_text())
held = [socket.create_server(("127.0.0.1", ports[name])) for name in {names!r}]
print("serving", flush=True)
time.sleep(600)
"""

# Half a second passes between the end of its listening and its own.
SLOW_TO_END = f"""
import signal
def end(*_):
    for each in held:
        each.close()
    time.sleep(0.5)
    sys.exit()
signal.signal(signal.SIGTERM, end)
{SERVER}"""


# Prints the KiB that it holds with two hundred buffers and a small object after each, and those left without buffers.
HELD = """
import re
def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])
del_first = bytearray(1 << 18)
del del_first
buffers = [(bytearray(1 << 18), bytes(1000)) for _ in range(200)]
with_buffers, buffers = held(), [each[1] for each in buffers]
print(with_buffers, held(), flush=True)
"""


@pytest.fixture
def cloud(home: Home) -> Iterator[Home]:
    """A local cloud whose servers are tiny, for a program in another folder."""
    for name, names in SERVERS.items():
        folder = root(home) / "localcloud" / name
        folder.mkdir(parents=True)
        (folder / "__main__.py").write_text(SERVER.format(names=names))
    (root(home) / "localcloud" / "__init__.py").write_text("")
    home.path.mkdir(parents=True)
    yield home
    servers.down(home)


def root(home: Home) -> Path:
    """The folder that holds the package `localcloud`."""
    return home.path.parent / "toolkit"


def ensure(home: Home, told: list[str] | None = None, arguments: Mapping[str, Sequence[str]] = {}) -> dict[str, int]:
    code = ServerCode(root(home), arguments)
    servers.ensure(home, os.environ, (told if told is not None else []).append, code)
    return {name: process.pid for name, process in servers.alive(home).items()}


def having_all_load(home: Home, source: str) -> Callable[[], int]:
    """Have all servers import a module that does this, and return what says how often it was loaded."""
    folder = root(home) / "localcloud"
    (folder / "shared.py").write_text(f"open({str(folder / 'loads')!r}, 'a').write('.')\n{source}\n")
    for name in SERVERS:
        main = folder / name / "__main__.py"
        main.write_text(f"import localcloud.shared\n{main.read_text()}")
    return lambda: len((folder / "loads").read_text())


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((listening.LOOPBACK, port)) == 0


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    process.wait()


def test_all_servers_come_up_and_listen(cloud: Home) -> None:
    assert set(ensure(cloud)) == set(SERVERS)
    assert all(state.pid for state in servers.states(cloud))


def test_a_second_start_leaves_running_servers_alone(cloud: Home) -> None:
    first, ports = ensure(cloud), listening.load(cloud.path)
    told: list[str] = []
    assert ensure(cloud, told) == first
    assert listening.load(cloud.path) == ports
    assert told == []


def test_only_a_killed_server_is_started_again_on_its_port(cloud: Home) -> None:
    before, ports = ensure(cloud), listening.load(cloud.path)
    kill(before["edge"])
    after = ensure(cloud)
    assert after["edge"] != before["edge"]
    assert {name: pid for name, pid in after.items() if name != "edge"} == {
        name: pid for name, pid in before.items() if name != "edge"
    }
    assert listening.load(cloud.path) == ports


def test_a_server_that_is_still_ending_when_we_look_is_started_again(cloud: Home) -> None:
    (root(cloud) / "localcloud" / "edge" / "__main__.py").write_text(SLOW_TO_END.format(names=SERVERS["edge"]))
    before = ensure(cloud)
    psutil.Process(before["edge"]).terminate()
    port = listening.load(cloud.path)["https"]
    while accepts(port):
        time.sleep(0.01)
    told: list[str] = []
    after = ensure(cloud, told)
    assert after["edge"] != before["edge"]
    assert {**after, "edge": 0} == {**before, "edge": 0}
    assert told == ["Starting edge"]


def test_an_edit_of_the_code_restarts_the_servers(cloud: Home) -> None:
    before = ensure(cloud)
    (root(cloud) / "localcloud" / "__init__.py").write_text("# another line\n")
    after = ensure(cloud)
    assert all(after[name] != before[name] for name in SERVERS)


def test_a_changed_argument_reaches_its_server(cloud: Home) -> None:
    before = ensure(cloud, arguments={"run": ("--requirements", "old.txt")})
    after = ensure(cloud, arguments={"run": ("--requirements", "new.txt")})
    assert after["run"] != before["run"]
    assert f"new.txt {cloud.project}" in (cloud.logs / "run.log").read_text()
    assert "new.txt" not in (cloud.logs / "edge.log").read_text()


def test_modules_of_the_program_are_not_taken_for_the_servers_own(cloud: Home) -> None:
    for name in ("localcloud", "socket", "blueprint"):
        (cloud.project / f"{name}.py").write_text("raise SystemExit('the program was imported')")
    assert set(ensure(cloud)) == set(SERVERS)


def test_a_server_that_ends_at_once_is_named_with_the_end_of_its_log(cloud: Home) -> None:
    (cloud.path / "broken").touch()
    with pytest.raises(StartError) as failed:
        ensure(cloud)
    assert "server did not come up" in failed.value.what
    assert "no such table: resources" in failed.value.why


def test_what_servers_share_is_loaded_once(cloud: Home) -> None:
    loads = having_all_load(cloud, "")
    assert set(ensure(cloud)) == set(SERVERS)
    assert loads() == (1 if forkserver.SAFE else len(SERVERS))


def test_servers_have_interpreters_of_their_own_where_a_module_runs_a_thread(cloud: Home) -> None:
    loads = having_all_load(cloud, "import threading, time; threading.Thread(target=time.sleep, args=(9,)).start()")
    assert set(ensure(cloud)) == set(SERVERS)
    assert loads() == len(SERVERS) + forkserver.SAFE


def test_servers_come_up_when_the_process_that_forks_them_ends(cloud: Home) -> None:
    having_all_load(cloud, "import os, sys; '--home' in sys.argv or os._exit(7)")
    assert set(ensure(cloud)) == set(SERVERS)


def test_a_server_whose_code_cannot_be_imported_is_named_and_the_others_run(cloud: Home) -> None:
    (root(cloud) / "localcloud" / "edge" / "__main__.py").write_text("import no_such_module")
    with pytest.raises(StartError, match="local edge server did not come up: it ended right after") as failed:
        ensure(cloud)
    assert "ModuleNotFoundError: No module named 'no_such_module'" in failed.value.why
    assert set(servers.alive(cloud)) == set(SERVERS) - {"edge"}


def test_servers_are_known_by_their_command_lines_and_by_whose_they_are(cloud: Home) -> None:
    for name, pid in ensure(cloud).items():
        process = psutil.Process(pid)
        assert f"localcloud.{name}" in process.cmdline()
        assert process.environ()[processes.MARK] == str(cloud.path)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_servers_give_large_buffers_back_to_the_system(cloud: Home) -> None:
    (root(cloud) / "localcloud" / "edge" / "__main__.py").write_text(HELD + SERVER.format(names=SERVERS["edge"]))
    ensure(cloud)
    held, left = map(int, (cloud.logs / "edge.log").read_text().splitlines()[0].split())
    assert held - left > 40_000


def test_a_server_that_does_not_listen_in_time_is_named(cloud: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (root(cloud) / "localcloud" / "dns" / "__main__.py").write_text("import time; time.sleep(600)")
    monkeypatch.setattr(servers, "START_TIMEOUT", 1.0)
    with pytest.raises(StartError, match="local dns server did not come up: it does not listen on port"):
        ensure(cloud)


def test_no_server_listens_where_outgoing_connections_are_given_their_ports(tmp_path: Path) -> None:
    given_out = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given_out.read_text().split()[0]) if given_out.exists() else 49152
    assert max(listening.allocate(tmp_path).values()) < first


def test_ports_taken_by_others_in_the_meantime_move_all_servers(cloud: Home, tmp_path: Path) -> None:
    before = ensure(cloud)
    ports = listening.load(cloud.path)
    kill(before["dns"])
    with socket.create_server(("127.0.0.1", ports["dns"])):
        after = ensure(cloud)
    assert listening.load(cloud.path)["dns"] != ports["dns"]
    assert all(after[name] != before[name] for name in SERVERS)


def test_down_ends_all_servers_and_what_they_started(cloud: Home) -> None:
    ensure(cloud)
    left = processes.start(cloud, "unrecorded", ["sleep", "60"], os.environ)
    processes.forget(cloud, "unrecorded")
    assert set(servers.down(cloud)) == set(SERVERS)
    assert servers.alive(cloud) == {}
    assert processes.running(left) is None
    assert all(state.pid is None for state in servers.states(cloud))


def test_before_the_first_start_everything_is_down_without_addresses(cloud: Home) -> None:
    assert [(state.pid, dict(state.addresses)) for state in servers.states(cloud)] == [(None, {})] * len(SERVERS)
    assert servers.down(cloud) == []
