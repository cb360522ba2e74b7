"""The product compared with a model that walks second by second and shares no code with it."""
