"""Whether everything that Seasoned needs is there and works, in words for whoever runs it."""
