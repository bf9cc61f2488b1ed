from __future__ import annotations

import hashlib
from pathlib import Path

from localcloud.base.world import World
from localcloud.control.auth_users import Users

P = "acme-rehearsal"
PASSWORD = "correct horse"


def test_a_password_that_was_kept_at_the_cost_of_before_still_lets_its_user_in(tmp_path: Path) -> None:
    world = World(tmp_path / "world.db")
    users = Users(world)
    uid = users.add(P, "ada@acme.test", PASSWORD, 1.0).uid
    row = world.connection.execute("SELECT salt FROM auth_users").fetchone()
    former = hashlib.scrypt(PASSWORD.encode(), salt=row["salt"], n=2**14, r=8, p=1)
    world.connection.execute("UPDATE auth_users SET hash = ?", (former,))
    known = users.log_in(P, "ada@acme.test", PASSWORD, 2.0)
    assert known is not None
    assert known.uid == uid
    assert users.log_in(P, "ada@acme.test", "wrong horse", 2.0) is None
    assert users.log_in(P, "eve@acme.test", PASSWORD, 2.0) is None
