"""The only code that imports a vendor: one module for each side that we speak to."""
