"""What people are told: messages, how they read, and the outbox that sends each at least once."""
