"""Finding what is similar: tasks, traces and skills, by their words and, with an embedder, by meaning."""
