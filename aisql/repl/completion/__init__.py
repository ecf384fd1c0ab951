"""What may be typed next: a pure core over values, and the thin layer to prompt_toolkit."""
