"""Adapters against the vendors they speak to, emulated in the process."""
