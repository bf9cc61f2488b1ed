"""Run a command: `python -m cli COMMAND`; `launch` sets up first."""

from cli.app import app

app(prog_name="./launch")
