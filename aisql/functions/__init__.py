"""What the AI functions mean. Pure: values in, a plan or a value out; nothing here reaches a provider."""
