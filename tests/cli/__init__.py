"""The published command, run as people run it."""
