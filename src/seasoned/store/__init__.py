"""Where everything is kept: an append-only event log and its projections, in SQLite or PostgreSQL.

`Store` is the way in. Import it from `seasoned.store.store`.
"""
