"""A returns desk: a small, closed world in which an agent can fail, be scored, and learn.

It holds a policy, a database, tools, tickets, a reward that is a pure function of the end state, and a
runner for any `seasoned.llm.model.Model`. It knows nothing of skills, learners or stores. It raises
nothing of its own.
"""
