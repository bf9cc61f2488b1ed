"""One page that shows how a launch does: the questions to Monitoring, the values, and how they are drawn."""
