"""Tests of the engines and of what sets them up."""
