"""HTTP in: one blueprint for each audience and noun."""
