"""Programmes and rules as people write them, and as the tables keep them."""
