"""Has Checkov, which nobody here wrote, judge what a stack made: `python -m tools.referee --stack local`."""
