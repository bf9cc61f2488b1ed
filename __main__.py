"""The Pulumi program; see infra/program.py."""

from infra.program import launch

launch()
