"""Records in DynamoDB: one module for each table, and what they share."""
