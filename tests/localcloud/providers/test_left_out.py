"""What a console has set and the program leaves out: the real providers take it away, unless it is ignored."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.base.lived_in import Existing, furnish

DATABASE = "gcp:firestore/database:Database"
ANDROID = "gcp:firebase/androidApp:AndroidApp"
APPLE = "gcp:firebase/appleApp:AppleApp"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
BOTS = "cloudflare:index/botManagement:BotManagement"
PRINT = "DE:AD:BE:EF:" * 4 + "DE:AD:BE:EF"


@pytest.fixture
def app(clouds: Any) -> Any:
    """An Android app that somebody registered and gave the fingerprint that Google Sign-In needs."""
    clouds.project()
    clouds.gcp.up("gcp:firebase/project:Project", "firebase", project="acme-app")
    made = clouds.gcp.up(
        ANDROID, "android", project="acme-app", packageName="com.acme.app", displayName="Acme", sha1Hashes=[PRINT]
    )
    return clouds.gcp.look_up(ANDROID, "android", made.id)


def test_an_update_takes_away_the_fingerprints_that_the_program_leaves_out(clouds: Any, app: Any) -> None:
    assert clouds.gcp.diff(app, sha1Hashes=None, displayName="Acme for Android").kinds == {
        "sha1Hashes": "DELETE",
        "displayName": "UPDATE",
    }
    clouds.gcp.change(app, sha1Hashes=None, displayName="Acme for Android")
    assert "sha1Hashes" not in clouds.gcp.look_up(ANDROID, "android", app.id).outputs


def test_an_update_that_ignores_the_fingerprints_leaves_them_alone(clouds: Any, app: Any) -> None:
    left = ("sha1Hashes", "sha256Hashes")
    assert clouds.gcp.diff(app, left, sha1Hashes=None).kinds == {}
    clouds.gcp.change(app, left, sha1Hashes=None, displayName="Acme for Android")
    live = clouds.gcp.look_up(ANDROID, "android", app.id)
    assert (live.outputs["displayName"], live.outputs["sha1Hashes"]) == ("Acme for Android", [PRINT])
    assert live.inputs["sha1Hashes"] == [PRINT]


def test_what_is_ignored_and_not_there_stays_away(clouds: Any, app: Any) -> None:
    changed = clouds.gcp.change(app, ("sha256Hashes", "sha1Hashes[0]", "no.such[3].path"), displayName="Acme app")
    assert changed.outputs["sha1Hashes"] == [PRINT]
    assert "sha256Hashes" not in changed.outputs


def test_a_part_that_is_ignored_stays_as_the_cloud_has_it(clouds: Any) -> None:
    clouds.project()
    queue = clouds.gcp.up(
        "gcp:cloudtasks/queue:Queue",
        "events",
        name="events",
        location="europe-west1",
        project="acme-app",
        retryConfig={"maxAttempts": 5, "maxDoublings": 3},
    )
    changed = clouds.gcp.change(queue, ("retryConfig.maxAttempts",), retryConfig={"maxAttempts": 9, "maxDoublings": 4})
    assert (changed.outputs["retryConfig"]["maxAttempts"], changed.outputs["retryConfig"]["maxDoublings"]) == (5, 4)


def test_the_comment_of_a_record_goes_with_the_first_update(clouds: Any) -> None:
    zone = clouds.zone()
    record = clouds.cloudflare.up(
        RECORD, "txt", zoneId=zone, name="acme.test", type="TXT", content='"x"', ttl=1, comment="Ask Ada"
    )
    assert clouds.cloudflare.diff(record, comment=None).kinds == {"comment": "DELETE"}
    assert clouds.cloudflare.diff(record, ("comment",), comment=None).kinds == {}


def test_bot_management_falls_back_to_an_unmanaged_robots_txt(clouds: Any) -> None:
    bots = clouds.cloudflare.up(BOTS, "bots", zoneId=clouds.zone(), fightMode=True, isRobotsTxtManaged=True)
    assert "isRobotsTxtManaged" in clouds.cloudflare.diff(bots, isRobotsTxtManaged=None, fightMode=False).kinds
    assert clouds.cloudflare.diff(bots, ("isRobotsTxtManaged",), isRobotsTxtManaged=None).kinds == {}


def test_what_a_founder_had_is_imported_as_it_is(clouds: Any) -> None:
    ids = {
        "AndroidApp/android": "projects/acme-live/androidApps/1:1:android:0123456789abcdef012345",
        "Database/firestore": "projects/acme-live/databases/(default)",
    }
    furnish(clouds.world, Existing("acme-live", "012345-6789AB-CDEF01", "nam5", "com.acme.app", None, ids))
    app = clouds.gcp.look_up(ANDROID, "android", ids["AndroidApp/android"])
    wanted = {"sha1Hashes": None, "displayName": "acme.test for Android"}
    assert clouds.gcp.diff(app, ("sha1Hashes", "sha256Hashes", "displayName"), **wanted).kinds == {}
    assert "sha1Hashes" in clouds.gcp.diff(app, **wanted).kinds
    database = clouds.gcp.look_up(DATABASE, "firestore", ids["Database/firestore"])
    assert clouds.gcp.diff(database, locationId="europe-west1").replaces == ["locationId"]
    assert clouds.gcp.diff(database).kinds == {}
