from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import build, left_out, locate, pulumi_archive
from engine.errors import LaunchError

Program = Callable[..., Path]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}


def cached_engine(program: Program, version: str) -> None:
    for name in ("pulumi", locate.LANGUAGE_HOST):
        program(name, "true", f"cache/launch-ready/engine/{version}/bin")


def test_a_recent_engine_on_path_comes_first(program: Program, environ: dict[str, str]) -> None:
    program("pulumi", "echo v3.201.0")
    program(locate.LANGUAGE_HOST, "true")
    cached_engine(program, build.VERSION)
    found = locate.find(environ)
    assert found is not None
    assert (found.origin, found.version) == ("PATH", "3.201.0")


@pytest.mark.parametrize(
    "version",
    ["echo v3.199.9", "echo v2.300.0", "echo", "echo nonsense", "exit 1"],
    ids=["older", "much older", "no version", "no version at all", "broken"],
)
def test_an_engine_on_path_that_will_not_do_is_passed_over(
    program: Program, environ: dict[str, str], version: str
) -> None:
    program("pulumi", version)
    program(locate.LANGUAGE_HOST, "true")
    assert locate.find(environ) is None
    cached_engine(program, build.VERSION)
    found = locate.find(environ)
    assert found is not None
    assert found.origin == "cache"


def test_an_engine_on_path_without_its_language_host_is_passed_over(program: Program, environ: dict[str, str]) -> None:
    program("pulumi", "echo v3.201.0")
    assert locate.find(environ) is None


def test_the_official_engine_in_the_cache_is_preferred_to_the_built_one(
    program: Program, environ: dict[str, str]
) -> None:
    cached_engine(program, build.VERSION)
    cached_engine(program, pulumi_archive.VERSION)
    found = locate.find(environ)
    assert found is not None
    assert found.version == pulumi_archive.VERSION


def test_an_engine_that_is_half_in_the_cache_does_not_count(program: Program, environ: dict[str, str]) -> None:
    program("pulumi", "true", f"cache/launch-ready/engine/{build.VERSION}/bin")
    assert locate.find(environ) is None


def test_without_any_engine_it_is_built_with_go_when_the_archive_cannot_be_reached(
    python_program: Program, environ: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    python_program("go", FAKE_GO.format(sdk=sdk_sources(tmp_path)))
    found = locate.ensure({**environ, "https_proxy": "http://127.0.0.1:9"}, told.append)
    assert (found.origin, found.version) == ("build", build.VERSION)
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "pulumi",
        "pulumi-analyzer-policy-python",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    ]
    assert all(path.stat().st_mode & 0o111 for path in found.folder.iterdir())
    assert any("archive could not be used" in sentence for sentence in told)
    again = locate.find(environ)
    assert again is not None
    assert again.origin == "cache"


def test_when_no_way_works_every_refusal_and_the_cure_are_named(environ: dict[str, str], told: list[str]) -> None:
    nowhere = {**environ, "PATH": environ["HOME"], "https_proxy": "http://127.0.0.1:9"}
    with pytest.raises(LaunchError) as refused:
        locate.ensure(nowhere, told.append)
    assert refused.value.code == 3
    assert "archive could not be used" in refused.value.why
    assert "Go is not installed" in refused.value.why
    assert "Go 1.24" in refused.value.cure


def test_an_old_go_is_refused_with_its_version(program: Program, environ: dict[str, str]) -> None:
    program("go", "echo go1.23.4")
    with pytest.raises(LaunchError, match="cannot be built") as refused:
        build.find_go(environ)
    assert "Go 1.23" in refused.value.why


def test_a_failed_build_says_what_go_said_and_leaves_nothing_behind(
    program: Program, environ: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    program("go", 'if [ "$1" = env ]; then echo go1.26.0; else echo "checksum mismatch" >&2; exit 1; fi')
    root = tmp_path / "engines"
    with pytest.raises(LaunchError) as failed:
        build.build(root, environ, told.append)
    assert "checksum mismatch" in failed.value.why
    assert list(root.iterdir()) == []


def test_what_a_killed_build_left_is_cleared_by_the_next(
    python_program: Program, environ: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    left = tmp_path / "engines" / f".{build.VERSION}.4711"
    left.mkdir(parents=True)
    python_program("go", FAKE_GO.format(sdk=sdk_sources(tmp_path)))
    build.build(tmp_path / "engines", environ, told.append)
    assert [path.name for path in (tmp_path / "engines").iterdir()] == [build.VERSION]


def test_only_the_pinned_sources_can_be_built(
    python_program: Program, environ: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    python_program("go", FAKE_GO.format(sdk=sdk_sources(tmp_path)))
    build.build(tmp_path / "engines", {**environ, "GOFLAGS": "-mod=mod", "GOWORK": "/elsewhere"}, told.append)
    called = (tmp_path / "sdk" / "called").read_text().splitlines()
    assert all("-mod=readonly" in call for call in called if call.startswith("build"))
    assert {call.rsplit(" ", 1)[-1] for call in called} == {"GOFLAGS=|GOWORK=off"}


def test_the_pins_are_shipped_with_their_checksums() -> None:
    for pins in build.COMMANDS:
        assert (build.PINS / pins / "go.mod").is_file()
        assert (build.PINS / pins / "go.sum").stat().st_size > 1000


def test_the_engine_is_built_without_what_nothing_here_uses(
    python_program: Program, environ: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    sdk = sdk_sources(tmp_path)
    for driver in ("gcsblob", "fileblob"):
        (sdk / "blob" / driver).mkdir()
        (sdk / "blob" / driver / "its_own.go").write_text("its own")
    python_program("go", FAKE_GO.format(sdk=sdk))
    folder = build.build(tmp_path / "engines", environ, told.append)
    compiled = json.loads((folder / "pulumi").read_text())
    assert "replace gocloud.dev => ./gocloud\n" in compiled["go.mod"]
    for kept in ("gcsblob", "fileblob"):
        assert compiled[f"gocloud/blob/{kept}/its_own.go"] == "its own"
    assert "put Pulumi's own release" in compiled["gocloud/blob/s3blob/s3blob.go"]
    assert "gocloud/blob/s3blob/its_own.go" not in compiled
    assert [path.name for path in folder.parent.iterdir()] == ["bin"]


def test_whatever_is_left_out_of_the_engine_says_who_has_it() -> None:
    instead = {path.relative_to(build.LEFT_OUT): path.read_text() for path in build.LEFT_OUT.rglob("*.go")}
    assert {path.parent.name for path in instead} == {
        *("s3blob", "azureblob", "awskms", "azurekeyvault", "hashivault"),  # not gcsblob, fileblob and gcpkms
        *("cli", "operations", "trace"),
        "glamour",
    }
    for path, source in instead.items():
        assert "Pulumi's own release, which has everything, on PATH" in source or path.parent.name == "glamour", path


def test_engine_and_language_host_are_made_of_the_same_versions() -> None:
    """Else Go compiles hundreds of packages twice: a go.mod of one that is raised is raised in the other."""
    engine, host = ({line.split()[0]: line.split()[1] for line in pinned(pins)} for pins in build.COMMANDS)
    differing = {module for module in engine.keys() & host.keys() if engine[module] != host[module]}
    assert differing == {
        build.SDK,
        "github.com/rogpeppe/go-internal",  # two small packages, in a newer version that another module asks for
    }


def pinned(pins: str) -> list[str]:
    lines = (build.PINS / pins / "go.mod").read_text().splitlines()
    return [line.strip() for line in lines if line.startswith("\t")]


def sdk_sources(tmp_path: Path) -> Path:
    for script in build.SCRIPTS:
        (tmp_path / "sdk" / script).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sdk" / script).write_text("#!/bin/sh\n")
    for folder in left_out.MODULES:  # the one folder stands for all of them, so it has all their packages
        for package in {path.parent for path in (build.LEFT_OUT / folder).rglob("*.go")}:
            place = tmp_path / "sdk" / package.relative_to(build.LEFT_OUT / folder)
            place.mkdir(parents=True, exist_ok=True)
            (place / "its_own.go").write_text("its own")
    return tmp_path / "sdk"


# Does for the tests what `go` does: answers its version, says where it keeps modules, and writes "programs": the
# sources that it was run on.
FAKE_GO = """
import json, os, pathlib, sys
command = sys.argv[1]
if command == "env":
    print("go1.26.0")
    sys.exit()
with open("{sdk}/called", "a") as called:
    print(*sys.argv[1:], "GOFLAGS=" + os.environ["GOFLAGS"] + "|GOWORK=" + os.environ["GOWORK"], file=called)
if command == "mod":
    for module in sys.argv[4:]:
        print(json.dumps({{"Path": module, "Dir": "{sdk}"}}))
else:
    out = next(pathlib.Path(argument[3:]) for argument in sys.argv if argument.startswith("-o="))
    out.parent.mkdir(parents=True, exist_ok=True)
    sources = [path for pattern in ("go.mod", "**/*.go") for path in pathlib.Path().glob(pattern)]
    out.write_text(json.dumps({{str(path): path.read_text() for path in sources}}))
    out.chmod(0o755)
"""
