"""What every server does as it begins, done once in the process that they are forked off, where it costs memory once.

A fork copies each page of memory that it writes to: 0.8 MiB for the level of all loggers, 0.5 for a first command line.
"""

import logging

from localcloud.base import process

logging.root.setLevel(logging.INFO)
process.parser("server").parse_args(["--home", "."])
