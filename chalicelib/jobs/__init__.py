"""Time and queues in: one Lambda for each module, which imports only what it needs."""
