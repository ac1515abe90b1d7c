"""What a newer revision saved is read by this one: both serve while an upgrade is under way, and after a rollback."""

from shared.adapters.postgres.businesses import BusinessStore
from tests.stores.rows import ACTOR, config, raw


def test_settings_that_are_not_known_yet_are_passed_over(servers, database):
    """A field that a later release will have, at the top and further down, hinders no reader and no change."""
    store = BusinessStore(database)
    store.create("from-tomorrow", config("Shop", branding={"greeting": "Hello!"}), ACTOR)
    owner = raw("postgres", servers.ports.postgres, servers.database)
    newer = """SET config = jsonb_set(config || '{"telepathy": {"range": 7}}', '{branding,smell}', '"roses"')"""
    owner.run(f"UPDATE businesses {newer} WHERE id = 'from-tomorrow'")
    owner.run(f"UPDATE business_versions {newer} WHERE business_id = 'from-tomorrow'")
    owner.close()
    assert store.get("from-tomorrow").config.branding.greeting == "Hello!"
    assert store.version_config("from-tomorrow", 1).name == "Shop"
    assert store.replace("from-tomorrow", config("Shop & Sons"), ACTOR, if_version=1).version == 2
