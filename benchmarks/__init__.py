"""What the product costs, counted and measured beside a floor from the same run: `make bench`."""
