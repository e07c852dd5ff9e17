"""Column types that mean the same in both databases.

Text is compared and sorted by code point whatever the server's locale says, as SQLite does it; numbers have 64 bits.
Of use to `schema` and to the migrations; a released migration keeps what it had.
"""

from sqlalchemy import BigInteger, Integer, Text

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
INTEGER = Integer().with_variant(BigInteger(), "postgresql")
EQUAL_ONLY = "hash"
"""PostgreSQL's kind of an index in which equal texts of any length are found: its usual one takes some 2,700 bytes."""
