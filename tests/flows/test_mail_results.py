"""What a receiving server says that it found of a mail's sender (RFC 8601)."""

from __future__ import annotations

import pytest

from flows.mail_results import of_header

ALL = {"dkim": "pass", "spf": "softfail", "dmarc": "pass"}


@pytest.mark.parametrize(
    "header",
    [
        "mx.acme.test; dkim=fail header.d=a.test; dkim=pass header.d=b.test; spf=softfail; dmarc=pass",
        "mx.acme.test 1; dkim=pass (2048-bit key); spf=softfail (no (really); not); dmarc=pass (p=NONE)",
        'mx.acme.test; dkim=pass reason="dkim=fail; spf=pass (sic)"; spf=softfail; dmarc=pass header.from=acme.test',
        "mx.acme.test;\n DKIM = Pass header.b=Ab/c+9;\n\tspf/1=softfail smtp.mailfrom=a+b@acme.test;\n dmarc/1 = PASS",
        '"mx.acme.test" (a \\( b) ; (c)dkim=(d)pass; spf=softfail; dmarc=pass policy.dmarc=none',
        "dkim=pass header.d=acme.test;spf=softfail (sender IP is 192.0.2.1);dmarc=pass action=none",
        'mx.acme.test; arc=pass (i=1 dkim=fail; spf=pass dmarc=fail); dkim=pass; spf=softfail (say "); dmarc=pass (")',
        "mx.acme.test; x-spf=pass; x-dmarc=fail; dkim-atps=fail; dkim=pass; spf=softfail; dmarc=pass",
    ],
    ids=["several", "comments", "reason", "spelling", "quoted", "Microsoft", "ARC", "other methods"],
)
def test_each_methods_result_is_read(header: str) -> None:
    assert of_header(header) == ALL


@pytest.mark.parametrize(
    "header",
    [
        "",
        "mx.acme.test; none",
        "mx.acme.test; arc=pass (i=1 spf=pass spfdomain=acme.test dkim=pass dmarc=pass)",
        'mx.acme.test; auth=pass reason="spf=pass"',
        "mx.acme.test; iprev=pass policy.spf=pass",
        "mx.acme.test (; spf=pass",
        'mx.acme.test "; spf=pass',
    ],
)
def test_what_is_said_of_something_else_is_no_result(header: str) -> None:
    assert of_header(header) == {}


def test_a_failure_is_not_outvoted_by_what_an_earlier_server_found() -> None:
    header = "mx.acme.test; arc=pass (i=1 spf=pass dmarc=pass); spf=fail smtp.mailfrom=acme.test; dmarc=fail"
    assert of_header(header) == {"spf": "fail", "dmarc": "fail"}
