"""The policy pack for a fork of a process that has Pulumi loaded, and how the engine gets to it.

The engine attaches no policies: it starts a plugin, which says a port. For a Python pack that is a Python that loads
Pulumi once more, a quarter of a second in which nothing else can begin. So this folder is a pack of a runtime of ours
(PulumiPolicy.yaml), whose plugin says the fork's port. Any runtime that is no language's is started so, by its name on
the PATH: NewPolicyAnalyzer in `sdk/go/common/resource/plugin/analyzer_plugin.go` of pulumi/pulumi.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Event

FOLDER = Path(__file__).parent
PLUGIN = FOLDER / "pulumi-analyzer-policy-forked"
PORT = "LAUNCH_POLICIES_PORT"
FOUND = f"using {PLUGIN.name} from $PATH"
"""How the engine begins to warn of a plugin that does not lie beside it; this one is meant."""


def serve(pack: str, _: Event) -> None:
    """Serve the pack, a module that does so by its function `serve`; the environment names the stack."""
    importlib.import_module(pack).serve(os.environ)


def environ_for(port: str, path: str) -> Mapping[str, str]:
    """Return the engine's environment by which its plugin says this port; `path` is the PATH."""
    return {PORT: port, "PATH": f"{FOLDER}:{path}"}
