"""Clients that no one here wrote agree with the rehearsal, through what `eval "$(./launch env)"` exports."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.stack

Shell = Callable[[str], subprocess.CompletedProcess[str]]
Said = Callable[[str], str]

PROJECT = Path(__file__).parents[2]
DNS = '@"${LAUNCH_DNS%:*}" -p "${LAUNCH_DNS#*:}"'
DELV = f'delv {DNS} +root="$LAUNCH_DOMAIN"'
TRUSTING = 'curl -sS --cacert "$LAUNCH_CA"'
CURL = f'{TRUSTING} --connect-to "::$LAUNCH_HTTPS"'
STATUS = "-o /dev/null -w '%{http_code}'"
JOURNEY = "-L -o /dev/null -w '%{http_code} after %{num_redirects}: %{url_effective}'"
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
CERTIFICATE_REFUSED = 60  # CURLE_PEER_FAILED_VERIFICATION, curl.se/libcurl/c/libcurl-errors.html


@pytest.fixture(scope="module")
def exports(launch: Any) -> str:
    found: str = launch.well("env")
    return found


@pytest.fixture
def shell(launch: Any, exports: str) -> Shell:
    """Runs a line in a shell that has read `./launch env`; its `python` is the one that holds the libraries.

    The user sits behind a proxy, which nobody may ask for the rehearsal.
    """
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}'
    environ = {**launch.environ, "http_proxy": NOBODY, "https_proxy": NOBODY, "HTTPS_PROXY": NOBODY}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", f"{exports}\n{python}\n{line}"], cwd=PROJECT, env=environ, capture_output=True, text=True
        )

    return run


@pytest.fixture
def said(shell: Shell) -> Said:
    """Runs a line that has to end well and returns what it wrote to stdout."""

    def run(line: str) -> str:
        done = shell(line)
        assert done.returncode == 0, f"{line} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def need(tool: str) -> None:
    """Leave the test out, by name, where the tool is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"left out: {tool} is not installed")


def asset(said: Said) -> str:
    """Return the path of a file that the web app's first page names and the edge keeps."""
    return re.findall(r'"(/assets/[^"]+)"', said(f'{CURL} "https://$LAUNCH_DOMAIN/"'))[0]


def test_a_shell_reads_the_exports_by_eval(launch: Any) -> None:
    line = 'eval "$(./launch env)" && test -f "$LAUNCH_CA" && test -f "$LAUNCH_TRUST_ANCHOR" && echo "$LAUNCH_DOMAIN"'
    done = subprocess.run(["sh", "-c", line], cwd=PROJECT, env=launch.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "acme.test\n")


def test_kdig_reads_spf_dmarc_and_signatures(said: Said) -> None:
    need("kdig")
    assert said(f'kdig {DNS} +short TXT "$LAUNCH_DOMAIN"') == '"v=spf1 include:_spf.google.com -all"\n'
    assert said(f'kdig {DNS} +short TXT "_dmarc.$LAUNCH_DOMAIN"').startswith('"v=DMARC1; p=quarantine;')
    assert re.search(r"\sRRSIG\s+TXT 13 2 ", said(f'kdig {DNS} +dnssec TXT "$LAUNCH_DOMAIN"'))


def test_delv_validates_the_zone_with_the_exported_key(said: Said) -> None:
    need("delv")
    for question in ('TXT "$LAUNCH_DOMAIN"', 'TXT "_dmarc.$LAUNCH_DOMAIN"', 'DNSKEY "$LAUNCH_DOMAIN"'):
        assert "; fully validated" in said(f'{DELV} -a "$LAUNCH_TRUST_ANCHOR" {question}')


def test_delv_does_not_validate_the_zone_with_another_key(said: Said, tmp_path: Path) -> None:
    need("delv")
    wrong = shlex.quote(str(tmp_path / "wrong.key"))
    other = f"""sed 's/"..../"AAAA/' "$LAUNCH_TRUST_ANCHOR" > {wrong}"""
    answer = said(f'{other} && {DELV} -a {wrong} TXT "$LAUNCH_DOMAIN" 2>&1')
    assert "resolution failed" in answer
    assert "fully validated" not in answer


def test_curl_follows_www_to_the_apex_with_path_and_query(said: Said) -> None:
    need("curl")
    path = f"{asset(said)}?a=b"
    assert said(f'{CURL} {JOURNEY} "https://www.$LAUNCH_DOMAIN{path}"') == f"200 after 1: https://acme.test{path}"
    doors = '--connect-to ":80:$LAUNCH_HTTP" --connect-to ":443:$LAUNCH_HTTPS"'
    journey = said(f'{TRUSTING} {doors} {JOURNEY} "http://www.$LAUNCH_DOMAIN/"')
    assert journey == "200 after 2: https://acme.test/"


def test_curl_sees_hsts(said: Said) -> None:
    need("curl")
    assert re.search(r"(?im)^strict-transport-security: max-age=\d{4,}", said(f'{CURL} -I "https://$LAUNCH_DOMAIN/"'))


def test_curl_sees_a_cache_hit_the_second_time(said: Said) -> None:
    need("curl")
    ask = f'{CURL} -f -o /dev/null -D - "https://$LAUNCH_DOMAIN{asset(said)}?{uuid.uuid4().hex}"'
    assert [re.findall(r"(?i)cf-cache-status: (\w+)", said(ask)) for _ in range(2)] == [["MISS"], ["HIT"]]


def test_curl_trusts_the_edge_only_with_the_exported_authority(shell: Shell) -> None:
    need("curl")
    done = shell('curl -sS --connect-to "::$LAUNCH_HTTPS" "https://$LAUNCH_DOMAIN/"')
    assert (done.returncode, done.stdout) == (CERTIFICATE_REFUSED, "")


def test_what_the_stripe_package_signs_is_accepted_and_a_flipped_bit_is_refused(said: Said, tmp_path: Path) -> None:
    need("curl")
    event_id = f"evt_{uuid.uuid4().hex}"
    signature = said(f"python tests/local/clients/sign_event.py {tmp_path} {event_id}").strip()
    other = signature[:-1] + ("1" if signature.endswith("0") else "0")

    def answer(body: str, signature: str) -> str:
        headers = f"-H 'Content-Type: application/json' -H 'Stripe-Signature: {signature}'"
        return said(
            f'{CURL} {STATUS} {headers} --data-binary @{tmp_path / body} "https://api.$LAUNCH_DOMAIN/webhooks/stripe"'
        )

    stored = f"python tests/local/clients/documents.py inbox/{event_id}"
    assert answer("flipped.json", signature) == answer("event.json", other) == "400"
    assert said(stored) == "None\n"
    assert answer("event.json", signature) == "200"
    assert "product.created" in said(stored)


def test_the_firestore_client_works(said: Said) -> None:
    assert said("python tests/local/clients/documents.py") == "created once\nfound [42]\ndeleted\n"


def test_the_secret_manager_client_works(said: Said) -> None:
    printed = said("python tests/local/clients/secret_values.py")
    assert "stripe-api-key rk_test_\n" in printed
    assert "stripe-signing-secret whsec_" in printed
    assert re.search(r"^NotFound: .*no-such-secret", printed, re.MULTILINE)


def test_the_tasks_client_works(said: Said) -> None:
    printed = said("python tests/local/clients/queued_tasks.py")
    assert printed == "RUNNING\ncreated once\nlisted 1\nlisted 0\n"
