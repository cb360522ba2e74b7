"""What is deployed: the template, the policies and the zip."""
