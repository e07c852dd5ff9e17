"""Where code that a model wrote runs; knows nothing of language models, traces or skills."""
