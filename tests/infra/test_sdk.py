from __future__ import annotations

import subprocess
import sys

import pytest

from infra.sdk import cloudflare, gcp

DYNAMIC = (
    "import infra.image, infra.key, infra.pause, sys; "
    "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pulumi_gcp', 'pulumi_cloudflare'}))"
)


def test_what_is_not_listed_is_found_all_the_same_and_what_there_is_not_is_told() -> None:
    named = (gcp.compute.Instance, gcp.kms.KeyRing, cloudflare.PageRule)
    assert [each.__name__ for each in named] == ["Instance", "KeyRing", "PageRule"]
    with pytest.raises(AttributeError, match="Instanze"):
        _ = gcp.compute.Instanze


def test_others_still_find_the_whole_packages_with_the_same_classes() -> None:
    code = (
        "from infra.sdk import cloudflare, gcp; import pulumi_cloudflare, pulumi_gcp; "
        "assert pulumi_cloudflare.DnsRecord is cloudflare.DnsRecord; assert pulumi_cloudflare.PageRule; "
        "assert pulumi_gcp.compute.URLMap is gcp.compute.URLMap; assert pulumi_gcp.compute.Instance"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_process_for_dynamic_resources_loads_no_sdk() -> None:
    done = subprocess.run([sys.executable, "-c", DYNAMIC], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
