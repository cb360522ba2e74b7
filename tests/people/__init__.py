"""Who somebody is: signing up, logging in, and everything else that a person does with their account."""
