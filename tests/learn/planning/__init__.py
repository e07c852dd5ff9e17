"""Plans from approved skills."""
