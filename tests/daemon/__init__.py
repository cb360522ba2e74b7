"""The daemon as a program on a server: what it writes, what it refuses, and how it is installed."""
