"""Who: users, API tokens and SSH keys."""
