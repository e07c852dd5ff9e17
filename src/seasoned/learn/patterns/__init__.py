"""What a heap of traces shows without any language model."""
