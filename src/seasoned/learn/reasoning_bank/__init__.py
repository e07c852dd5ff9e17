"""ReasoningBank: strategies from successes and failures."""
