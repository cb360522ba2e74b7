"""Billing: the rules of docs/rules.md, read as tests."""
