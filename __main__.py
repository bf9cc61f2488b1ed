"""The Pulumi program; see infra/program.py."""

import pulumi

from infra.program import launch

pulumi.run(launch)
