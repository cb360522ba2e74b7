"""The account and billing backend of a GPU cloud. docs/architecture.md says what lives where."""
