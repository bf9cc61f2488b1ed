from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

DYNAMIC = (
    "import infra.image, infra.key, infra.pause, sys; "
    "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pulumi_gcp', 'pulumi_cloudflare'}))"
)


def run(code: str, fast: str = "1", given: str = "") -> str:
    """Run a program in a process of its own, in which nothing is loaded yet; return what it prints."""
    environ = {**os.environ, "LAUNCH_FAST_LOADING": fast}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


DESCRIBED = """
import importlib, inspect, typing
import pulumi
from pulumi import _types
from infra.loading import sdk

def nested(type_):
    yield type_
    for inner in typing.get_args(type_):
        yield from nested(inner)

def described(cls, found):
    name = f"{cls.__module__}.{cls.__name__}"
    if name not in found:
        found[name] = types = _types.input_type_types(cls) if _types.is_input_type(cls) else _types.resource_types(cls)
        for inner in [each for type_ in types.values() for each in nested(type_)]:
            if inspect.isclass(inner) and (_types.is_input_type(inner) or _types.is_output_type(inner)):
                described(inner, found)

found, packages = {}, {"pulumi_cloudflare": sdk.CLOUDFLARE, **{f"pulumi_gcp.{k}": v for k, v in sdk.GCP.items()}}
for package, names in packages.items():
    module = PLACE(package)
    for name in names:
        for public in [each for each in dir(module) if each.removesuffix("Args").lower() == name.replace("_", "")]:
            if inspect.isclass(getattr(module, public)):
                described(getattr(module, public), found)
said = sorted((name, sorted((key, str(type_)) for key, type_ in types.items())) for name, types in found.items())
"""
OF_OURS = "eval(f\"sdk.{package.removeprefix('pulumi_')}\")"
OF_THE_WHOLE = "importlib.import_module(package); getattr(module, 'which loads what is lazy', None)"

# Steps of one process each, in this order, for loading an SDK whole takes six seconds: each has a name of its own and
# says nothing, or sets `said`, or fails. What a step loads is there in the next.
CUT = {
    "described": DESCRIBED.replace("PLACE(package)", OF_OURS),
    "named": "from infra.loading import sdk; sdk.load(); said = sdk.gcp.compute.URLMap.__name__",
    "table": """
from infra.loading.sdk import gcp
import sys
table = vars(sys.modules["pulumi_gcp.compute._inputs"])
assert "URLMapPathMatcherArgs" in table
assert "InstanceBootDiskArgs" not in table
kept = table["URLMapPathMatcherArgs"]
from pulumi_gcp.compute._inputs import *
assert InstanceBootDiskArgs
assert URLMapPathMatcherArgs is kept
""",
}
GROWING = {
    "marks": """
from infra.loading.sdk import cloudflare, gcp
import sys
assert [getattr(each, "_mock_name", None) for each in (cloudflare, gcp, gcp.compute)] == [None, None, None]
assert not {"pulumi_cloudflare", "pulumi_gcp"} & set(sys.modules)
""",
    "not listed": """
from infra.loading.sdk import cloudflare, gcp
assert cloudflare.DnsRecord
assert gcp.compute.URLMap
said = [each.__name__ for each in (gcp.compute.Instance, gcp.kms.KeyRing, cloudflare.PageRule)]
""",
    "missing": """
from infra.loading.sdk import gcp
try:
    gcp.compute.Instanze
except AttributeError as error:
    said = str(error)
""",
    "others": """
from infra.loading.sdk import cloudflare, gcp
import pulumi_cloudflare, pulumi_gcp
assert pulumi_cloudflare.DnsRecord is cloudflare.DnsRecord
assert pulumi_cloudflare.PageRule
assert pulumi_gcp.compute.URLMap is gcp.compute.URLMap
assert pulumi_gcp.compute.Instance
""",
}
IS_WHOLE = """
from infra.loading.sdk import cloudflare, gcp
import sys
import pulumi_cloudflare, pulumi_gcp
assert cloudflare is pulumi_cloudflare
assert gcp is pulumi_gcp
assert gcp.compute.URLMap
assert "InstanceBootDiskArgs" in vars(sys.modules["pulumi_gcp.compute._inputs"])
assert type(sys.modules["pulumi_gcp.compute._inputs"].__loader__).__name__ == "SourceFileLoader"
"""
# The second time they are there already, and reading the module again shows what the variable chooses.
WHOLE = {
    "whole 0": IS_WHOLE,
    "whole ": f"""
import importlib, os, sys
from infra.loading import sdk
os.environ["LAUNCH_FAST_LOADING"] = "1"
assert importlib.reload(sdk).gcp is not sys.modules["pulumi_gcp"]
os.environ["LAUNCH_FAST_LOADING"] = ""
importlib.reload(sdk)
{IS_WHOLE}""",
    "named": CUT["named"],
    "described": DESCRIBED.replace("PLACE(package)", OF_THE_WHOLE),
}
STEPS = """
import json, sys, traceback
told = {}
for name, code in json.load(sys.stdin).items():
    names = {"__name__": "__main__"}
    try:
        exec(code, names)
        told[name] = {"said": names.get("said"), "error": ""}
    except Exception:
        told[name] = {"said": None, "error": traceback.format_exc()}
print(json.dumps(told))
"""


class Told:
    """What the steps of one process said."""

    def __init__(self, steps: Mapping[str, str], fast: str) -> None:
        self._steps = json.loads(run(STEPS, fast, json.dumps(steps)))

    def __getitem__(self, name: str) -> object:
        """Return what a step said; raises AssertionError with its error when it failed."""
        assert not self._steps[name]["error"], self._steps[name]["error"]
        return self._steps[name]["said"]


@pytest.fixture(scope="module")
def cut() -> Told:
    """A process with the parts that are used."""
    return Told(CUT, "1")


@pytest.fixture(scope="module")
def growing() -> Told:
    """One that begins with those parts and comes to load the rest."""
    return Told(GROWING, "1")


@pytest.fixture(scope="module")
def whole() -> Told:
    """One with the whole SDKs."""
    return Told(WHOLE, "0")


def test_what_is_not_listed_is_found_all_the_same_and_what_there_is_not_is_told(growing: Told) -> None:
    assert growing["not listed"] == ["Instance", "KeyRing", "PageRule"]
    assert "Instanze" in str(growing["missing"])


def test_a_tool_that_looks_for_private_marks_does_not_load_the_whole_packages(growing: Told) -> None:
    assert growing["marks"] is None


def test_others_still_find_the_whole_packages_with_the_same_classes(growing: Told) -> None:
    assert growing["others"] is None


def test_what_others_have_opened_before_is_whole_for_both() -> None:
    run(
        "from infra.loading.sdk import gcp; import pulumi_gcp; assert gcp.serviceaccount.Account; "
        "assert pulumi_gcp.serviceaccount.IAMMember is gcp.serviceaccount.IAMMember; assert pulumi_gcp.storage.Bucket"
    )


def test_a_table_of_types_is_cut_to_those_of_the_resource_types_and_grows_when_it_is_asked_for_more(cut: Told) -> None:
    assert cut["table"] is None


@pytest.mark.parametrize("fast", ["", "0"])
def test_the_sdks_are_whole_unless_fast_loading_was_asked_for(fast: str, whole: Told) -> None:
    assert whole[f"whole {fast}"] is None


@pytest.mark.parametrize("fast", ["0", "1"])
def test_whole_or_cut_the_host_can_load_all_that_the_program_names(fast: str, whole: Told, cut: Told) -> None:
    assert {"0": whole, "1": cut}[fast]["named"] == "URLMap"


def test_the_process_for_dynamic_resources_loads_no_sdk() -> None:
    assert run(DYNAMIC).strip() == "[]"


def test_what_is_loaded_has_all_its_types_as_in_the_whole_packages(whole: Told, cut: Told) -> None:
    assert "SecurityPolicyRuleMatchConfigArgs" in str(cut["described"])
    assert cut["described"] == whole["described"]
