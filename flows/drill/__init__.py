"""Fire drills: injuries to a running rehearsal, one for every alert, which has to open, reach its channel, and end."""
