"""The conventions of this repository as tests, and tests that each of them would notice a breach."""
