"""Row-level security for a tenant's table: used by every migration that makes one, so that none is forgotten.

`chatbot_tenant` sees the rows of the business named by `app.business_id`; `chatbot_platform` sees all. Forced, so that
the table's owner is held to it too.
"""

from alembic import op


def protect(table: str, *, tenant: str, platform: str, column: str = "business_id") -> None:
    """Secure a table and grant its privileges.

    Args:
        table: its name.
        tenant: what `chatbot_tenant` may do, such as "SELECT, INSERT"; "" for nothing.
        platform: what `chatbot_platform` may do.
        column: the column that names the business.
    """
    mine = f"{column} = current_setting('app.business_id', true)"
    granted = f"GRANT {tenant} ON {table} TO chatbot_tenant" if tenant else ""
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} TO chatbot_tenant USING ({mine}) WITH CHECK ({mine})",
        f"CREATE POLICY platform ON {table} TO chatbot_platform USING (true) WITH CHECK (true)",
        granted,
        f"GRANT {platform} ON {table} TO chatbot_platform",
    ):
        if statement:
            op.execute(statement)
