"""Alembic's entry point; runs in the transaction that ``store.migration`` opened, or writes statements down."""

from alembic import context

if context.is_offline_mode():
    context.configure(dialect_name=context.config.attributes["dialect"], literal_binds=True)
else:
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
