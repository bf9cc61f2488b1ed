from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.loading.sdk import cloudflare, gcp

DYNAMIC = (
    "import infra.image, infra.key, infra.pause, sys; "
    "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pulumi_gcp', 'pulumi_cloudflare'}))"
)


def run(code: str, fast: str = "1") -> str:
    """Run a program in a process of its own, in which nothing is loaded yet; return what it prints."""
    environ = {**os.environ, "LAUNCH_FAST_LOADING": fast}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_not_listed_is_found_all_the_same_and_what_there_is_not_is_told() -> None:
    named = (gcp.compute.Instance, gcp.kms.KeyRing, cloudflare.PageRule)
    assert [each.__name__ for each in named] == ["Instance", "KeyRing", "PageRule"]
    with pytest.raises(AttributeError, match="Instanze"):
        _ = gcp.compute.Instanze


def test_a_tool_that_looks_for_private_marks_does_not_load_the_whole_packages() -> None:
    run(
        "from infra.loading.sdk import cloudflare, gcp; import sys; "
        "marks = [getattr(each, '_mock_name', None) for each in (cloudflare, gcp, gcp.compute)]; "
        "assert marks == [None, None, None]; assert not {'pulumi_cloudflare', 'pulumi_gcp'} & set(sys.modules)"
    )


def test_others_still_find_the_whole_packages_with_the_same_classes() -> None:
    run(
        "from infra.loading.sdk import cloudflare, gcp; import pulumi_cloudflare, pulumi_gcp; "
        "assert pulumi_cloudflare.DnsRecord is cloudflare.DnsRecord; assert pulumi_cloudflare.PageRule; "
        "assert pulumi_gcp.compute.URLMap is gcp.compute.URLMap; assert pulumi_gcp.compute.Instance"
    )


def test_what_others_have_opened_before_is_whole_for_both() -> None:
    run(
        "from infra.loading.sdk import gcp; import pulumi_gcp; assert gcp.serviceaccount.Account; "
        "assert pulumi_gcp.serviceaccount.IAMMember is gcp.serviceaccount.IAMMember; assert pulumi_gcp.storage.Bucket"
    )


def test_a_table_of_types_is_cut_to_those_of_the_resource_types_and_grows_when_it_is_asked_for_more() -> None:
    run(
        "from infra.loading.sdk import gcp; import sys; assert gcp.compute.URLMap; "
        "table = vars(sys.modules['pulumi_gcp.compute._inputs']); "
        "assert 'URLMapPathMatcherArgs' in table; assert 'InstanceBootDiskArgs' not in table; "
        "kept = table['URLMapPathMatcherArgs']; from pulumi_gcp.compute._inputs import *; "
        "assert InstanceBootDiskArgs; assert URLMapPathMatcherArgs is kept"
    )


@pytest.mark.parametrize("fast", ["", "0"])
def test_the_sdks_are_whole_unless_fast_loading_was_asked_for(fast: str) -> None:
    run(
        "from infra.loading.sdk import cloudflare, gcp; import sys; import pulumi_cloudflare, pulumi_gcp; "
        "assert cloudflare is pulumi_cloudflare; assert gcp is pulumi_gcp; assert gcp.compute.URLMap; "
        "assert 'InstanceBootDiskArgs' in vars(sys.modules['pulumi_gcp.compute._inputs']); "
        "assert type(sys.modules['pulumi_gcp.compute._inputs'].__loader__).__name__ == 'SourceFileLoader'",
        fast,
    )


@pytest.mark.parametrize("fast", ["0", "1"])
def test_whole_or_cut_the_host_can_load_all_that_the_program_names(fast: str) -> None:
    said = run("from infra.loading import sdk; sdk.load(); print(sdk.gcp.compute.URLMap.__name__)", fast)
    assert said.strip() == "URLMap"


def test_the_process_for_dynamic_resources_loads_no_sdk() -> None:
    assert run(DYNAMIC).strip() == "[]"


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
print(sorted((name, sorted((key, str(type_)) for key, type_ in types.items())) for name, types in found.items()))
"""
OF_OURS = "eval(f\"sdk.{package.removeprefix('pulumi_')}\")"
OF_THE_WHOLE = "importlib.import_module(package); getattr(module, 'which loads what is lazy', None)"


def described(place: str) -> str:
    return run(DESCRIBED.replace("PLACE(package)", place))


def test_what_is_loaded_has_all_its_types_as_in_the_whole_packages() -> None:
    ours, whole = described(OF_OURS), described(OF_THE_WHOLE)
    assert "SecurityPolicyRuleMatchConfigArgs" in ours
    assert ours == whole
