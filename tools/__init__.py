"""What stands beside the toolkit: the engine's pins, and a referee."""
