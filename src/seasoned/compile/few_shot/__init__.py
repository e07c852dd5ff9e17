"""Few-shot: from cases to what an agent is shown, text, a transcript or messages, within a budget of tokens."""
