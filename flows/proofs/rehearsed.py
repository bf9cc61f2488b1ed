"""A running rehearsal as a proof has it in hand: what users and vendors see, and the world behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blueprint import outputs
from flows import scene
from flows.scene import Scene
from flows.stage import Stage
from localcloud.base import ports
from localcloud.base.world import World
from localcloud.faults import Faults


@dataclass(frozen=True)
class Rehearsed:
    """The scene and the world of one rehearsal."""

    scene: Scene
    world: World


@contextmanager
def opened(home: Path) -> Iterator[Rehearsed]:
    """Give the rehearsal whose files lie in `home`; no fault is left on at the end.

    Raises FileNotFoundError when it was never brought up.
    """
    promised = outputs.parse(json.loads((home / "outputs.json").read_text()))
    stage, world = Stage.local(promised, home, ports.load(home)), World(home / "world.db")
    try:
        with scene.set_up(stage) as found:
            yield Rehearsed(found, world)
    finally:
        Faults(world).switch_off()
        world.close()
