"""Where records are kept: connections, transactions, migrations, and errors as sentences.

Feature stores use `Database` and nothing behind it. They write the SQL that SQLite and PostgreSQL share:
named parameters (`:name`), RETURNING, ON CONFLICT, common table expressions.
"""

from opsconsole.core.database.connection import Database, Params, Row, Session, Transaction, Value
from opsconsole.core.database.schema import METRICS, RECORDS, Schema

__all__ = ["METRICS", "RECORDS", "Database", "Params", "Row", "Schema", "Session", "Transaction", "Value"]
