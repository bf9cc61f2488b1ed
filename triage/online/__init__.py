"""What only accounts can answer: asked read-only, or read from recorded answers, and judged by the same code."""
