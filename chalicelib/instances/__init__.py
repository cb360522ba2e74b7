"""What is rented: offers, rentals from the request to the end, and driving servers to what they should be."""
