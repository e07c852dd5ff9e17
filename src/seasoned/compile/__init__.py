"""From a skillbook to a prompt: choose, order and render the approved skills, the same bytes every time."""
