"""The pages, one module for each desk or piece of its work."""
