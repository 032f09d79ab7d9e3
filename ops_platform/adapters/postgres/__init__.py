"""The platform's own PostgreSQL: a supervisor for a server from a wheel, and the URLs of the databases.

`server.EmbeddedPostgres` is the entry; `databases.database_urls` is what everything else asks. What does not
belong here: queries, migrations (adapters/migrations.py), and anything about a server somebody else runs.
"""
