"""Races on the engines that stand in for DynamoDB: real services, real tables, real threads."""
