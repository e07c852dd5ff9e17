"""What `seasoned demo` replays: real runs of a real model, and a real model's replies to the reflector."""
