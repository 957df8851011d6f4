"""One dead, slow, flooding or full participant, and how little the others notice."""
