"""Forty days of the packaged product."""
