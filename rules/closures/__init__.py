"""Syntax trees to Python closures.

An expression is compiled once into a function of the run and the local variables of the function it stands in. What it
costs (Google counts the expressions that a request evaluates) is known then, except where `&&`, `||`, a conditional or
a call decide what runs: only these count while running.
"""
