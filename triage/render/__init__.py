"""Shows a report: as text, JSON lines, SARIF, and one page for people."""
