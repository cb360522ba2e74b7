"""What the documents say is so in the code, and what the code may say is in the documents."""
