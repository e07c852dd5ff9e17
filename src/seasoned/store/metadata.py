"""What all tables belong to. Knows none of them."""

from sqlalchemy import MetaData

metadata = MetaData()
