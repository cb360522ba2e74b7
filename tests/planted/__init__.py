"""Bugs planted on purpose: each must turn a named test red."""
