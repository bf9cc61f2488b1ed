"""PromQL: what alerts write in it, and an evaluator of our own that knows exactly that and refuses everything else."""

from monitors.promql.writing import LONGEST_WINDOW, SHORTEST, Series, held, lasting, metric_name, number

__all__ = ["LONGEST_WINDOW", "SHORTEST", "Series", "held", "lasting", "metric_name", "number"]
