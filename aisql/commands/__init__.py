"""Meta commands: what a user types at the prompt that is not SQL."""
