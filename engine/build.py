"""Builds the Pulumi engine with Go as pinned in `tools/engine/`: versions in go.mod, checksums in go.sum.

The language host is older than the engine: the newer ones are not published as modules. What else it is made of has the
engine's versions, so that Go compiles it once for both. The three scripts that the engine starts beside it come from
the engine's own SDK module. What the engine is built without: see left_out.py.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import heartbeat, left_out
from engine.atomic_folders import complete_or_absent
from engine.errors import LaunchError
from engine.home import PROJECT

VERSION = "3.200.0"
OLDEST_GO = (1, 24)
PINS = PROJECT / "tools" / "engine"
SDK = "github.com/pulumi/pulumi/sdk/v3"
COMMANDS = {  # folder of pins → package of the command
    "pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    "language": f"{SDK}/python/cmd/pulumi-language-python",
}
LEFT_OUT = PINS / "left_out"
SCRIPTS = (
    "python/cmd/pulumi-language-python-exec",
    "python/dist/pulumi-resource-pulumi-python",
    "python/dist/pulumi-analyzer-policy-python",
)
# The engine knows its version only when the linker is told, and `-s -w` leaves out what only a debugger reads.
LINKER = f"-s -w -X {SDK}/go/common/version.Version=v{VERSION}"
COMPILER = (
    "all=-dwarf=false"  # what debuggers read, which `-w` leaves out, is not written at all: a seventh of the work
)
COLLECT_SELDOM = {"GOGC": "400"}  # a compiler lives for a second: a tenth less work, and hardly more memory
PROGRESS_EVERY = 10.0  # seconds
TAIL = 8  # lines of a failed step's output that are shown

Tell = Callable[[str], None]


def build(root: Path, environ: Mapping[str, str], tell: Tell) -> Path:
    """Build the engine below `root` and return its `bin` folder; raises LaunchError when that cannot be done."""
    go = Go(find_go(environ), environ, tell)
    tell(f"Building the Pulumi engine {VERSION} with Go: about 2 minutes on two cores, once for this user …")
    with complete_or_absent(root / VERSION) as draft:
        modules = go.fetched(PINS / "pulumi", [SDK, *left_out.MODULES.values()])
        sources = draft / "sources"
        left_out.prepare(sources, PINS / "pulumi", LEFT_OUT, modules)
        for pins, package in COMMANDS.items():
            go.build(sources if pins == "pulumi" else PINS / pins, package, draft / "bin" / Path(package).name)
        shutil.rmtree(sources)
        for script in SCRIPTS:
            Path(shutil.copy(modules[SDK] / script, draft / "bin")).chmod(0o755)
    return root / VERSION / "bin"


def find_go(environ: Mapping[str, str]) -> Path:
    """Return the `go` command; raises LaunchError when there is none or it is too old."""
    cure = "Install Go 1.24 or newer from https://go.dev/dl/ and put it on PATH."
    found = shutil.which("go", path=environ.get("PATH", ""))
    if not found:
        raise LaunchError("The engine cannot be built", "Go is not installed", cure)
    version = go_version(Path(found), environ)
    if version < OLDEST_GO:
        is_ = f"is Go {'.'.join(map(str, version))}" if version else "does not run"
        raise LaunchError("The engine cannot be built", f"{found} {is_}", cure)
    return Path(found)


def go_version(command: Path, environ: Mapping[str, str]) -> tuple[int, ...]:
    """Return the version of a `go` command as (1, 24), or () when it does not run."""
    try:
        run = subprocess.run(
            [command, "env", "GOVERSION"], env=environ, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"go(\d+)\.(\d+)", run.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else ()


@dataclass(frozen=True)
class Go:
    """The `go` command, run so that only the pinned sources can be chosen and progress is told."""

    command: Path
    environ: Mapping[str, str]
    tell: Tell

    def build(self, pins: Path, package: str, out: Path) -> None:
        """Compile `package` as pinned by the go.mod in folder `pins` into the file `out`."""
        options = ("-v", "-mod=readonly", "-buildvcs=false", f"-gcflags={COMPILER}", f"-ldflags={LINKER}")
        said: list[str] = []
        waiting = heartbeat.telling(PROGRESS_EVERY, self.tell, lambda: f"  {out.name}: {progress(said, package)} …")
        with waiting, self._start(pins, "build", *options, f"-o={out}", package) as process:
            said.extend(line.rstrip() for line in process.stderr or ())
        _require(process.returncode, "build", said[-TAIL:])

    def fetched(self, pins: Path, modules: Iterable[str]) -> dict[str, Path]:
        """Return where Go keeps the sources of modules pinned by the go.mod in folder `pins`; fetch what is missing."""
        with self._start(pins, "mod", "download", "-json", *modules) as process:
            out, said = process.communicate()
        found = list(_objects(out))
        _require(process.returncode, "mod download", [*said.splitlines(), *(each.get("Error", "") for each in found)])
        return {each["Path"]: Path(each["Dir"]) for each in found}

    def _start(self, pins: Path, *arguments: str) -> subprocess.Popen[str]:
        environ = {**COLLECT_SELDOM, **self.environ, "GOWORK": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
        return subprocess.Popen(
            [self.command, *arguments], cwd=pins, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )


def progress(said: Sequence[str], package: str) -> str:
    """Return in words how far `go build -v` is, from the lines that it `said`; `package` is the command it builds."""
    fetched = sum(line.startswith("go: downloading ") for line in said)
    compiled = sum(not line.startswith("go: ") for line in said)
    linking = ", linking the program" if package in said else ""  # the command's own package is compiled last
    return f"{fetched} modules fetched, {compiled} packages compiled{linking}"


def _objects(text: str) -> Iterator[dict[str, str]]:
    """Yield the JSON objects of a text in which they follow each other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        found, end = decoder.raw_decode(text)
        text = text[end:]
        yield found


def _require(code: int, step: str, said: Sequence[str]) -> None:
    if code:
        raise LaunchError("The engine could not be built", f"`go {step}` said:\n" + "\n".join(said))
