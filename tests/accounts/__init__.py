"""Users, tokens and SSH keys: the rules of docs/rules.md, read as tests."""
