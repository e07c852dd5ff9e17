"""Column types that mean the same in both databases.

Text is compared and sorted by code point whatever the server's locale says, as SQLite does it; numbers have 64 bits.
Of use to `schema` and to the migrations; a released migration keeps what it had.
"""

from sqlalchemy import BigInteger, Integer, Text

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
INTEGER = Integer().with_variant(BigInteger(), "postgresql")
EQUAL_ONLY = "hash"
"""The kind of an index that only equal values are looked up in: PostgreSQL's usual kind refuses texts of some thousand bytes."""
