"""From findings to operations on a skillbook, and the review that decides on them."""
