"""Loads modules beside other work, so that they are there when they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread


def beside(modules: Sequence[str]) -> None:
    """Have a thread import the modules one after the other; who imports one that it is at waits for its end.

    One that cannot be imported says so where it is used.
    """
    Thread(target=_load, args=(modules,), daemon=True).start()


def _load(modules: Sequence[str]) -> None:
    for name in modules:
        with suppress(Exception):
            import_module(name)
