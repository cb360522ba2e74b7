"""Stores against DynamoDB, emulated in the process."""
