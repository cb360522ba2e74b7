"""The tests mirror the code: tests/billing for chalicelib/billing, tests/local for local/."""
