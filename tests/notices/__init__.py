"""Messages, their words, and the outbox."""
