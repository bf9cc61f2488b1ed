"""The doors: what a request must be to come in, and what it is answered."""
