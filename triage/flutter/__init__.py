"""What the app's own code does that only a back end should do, and what it hides from its user."""
