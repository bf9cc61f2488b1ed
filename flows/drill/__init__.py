"""Fire drills: eight injuries to a running rehearsal; each has to raise its alert, reach its channel, and end."""
