"""What e-mail records say: their grammar, their limits, and the walks that receivers take over them."""
