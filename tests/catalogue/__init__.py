"""The shipped programmes: each file's fixed keys and numbers, and its worked cases as event lines."""
