"""The API document against the running product: schemathesis sends what it allows, and what it does not."""
