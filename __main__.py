"""The Pulumi program; see infra/program.py."""

import pulumi

from infra.program import all_begun, launch

launch()
pulumi.run(all_begun)
