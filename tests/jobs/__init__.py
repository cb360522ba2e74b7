"""Jobs, called by their handlers as Lambda calls them."""
