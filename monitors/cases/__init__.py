"""Cases that every alert is held to: series as data, and from when to when the alert is open on them."""
