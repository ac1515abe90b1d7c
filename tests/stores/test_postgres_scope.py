"""A transaction of the pool is one tenant's or the platform's, whatever its name, and only as long as it runs."""

import pytest

from tests.stores.connections import WHO
from tests.stores.rows import business_with_everything


def test_scope_ends_with_its_transaction(pool, opener):
    """After a transaction the connection is nobody's again: no tenant, no role; the next one starts from there."""
    with pool.tenant("one-tenant") as tx:
        inside = tx.one(WHO)
    assert (inside["role"], inside["tenant"]) == ("chatbot_tenant", "one-tenant")
    after = opener.ask(WHO)
    assert after["role"] == "chatbot_admin"
    assert not after["tenant"]
    with pool.platform() as tx:
        platform = tx.one(WHO)
    assert platform["role"] == "chatbot_platform"
    assert not platform["tenant"]
    with pool.tenant("other-tenant") as tx:
        assert tx.one(WHO)["tenant"] == "other-tenant"
    assert len(opener.connections) == 1


def test_scope_ends_with_a_failed_transaction_too(pool, opener):
    """An exception in the middle leaves neither the tenant nor its changes on the connection."""

    def fail() -> None:
        with pool.tenant("one-tenant") as tx:
            tx.run("INSERT INTO audit_log (business_id, actor, action) VALUES ('one-tenant', 'a', 'lost')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    after = opener.ask(WHO)
    assert after["role"] == "chatbot_admin"
    assert not after["tenant"]
    with pool.tenant("one-tenant") as tx:
        assert tx.run("SELECT 1 FROM audit_log WHERE action = 'lost'") == []


@pytest.mark.parametrize(
    "name",
    [
        "x' OR '1'='1", "x', true); RESET ROLE; SELECT ('", "x\\'; RESET ROLE; --", "%", "%s %(a)s :a $1 ?",
        "x'; COMMIT; SET ROLE chatbot_platform; --", "x$$; RESET ROLE; $$", "/*", 'x"', "ʼ’＇", "", "a\nb", "\\",
    ],
)  # fmt: skip
def test_tenant_names_are_only_names(pool, database, business, name):
    """Whatever stands in a tenant's name, it is compared as text: nothing else runs, nobody's rows are seen."""
    business_with_everything(database, business)
    with pool.tenant(name) as tx:
        seen = tx.one(WHO)
        assert (seen["role"], seen["tenant"]) == ("chatbot_tenant", name)
        assert tx.run("SELECT id FROM businesses") == []


def test_values_are_bound(pool):
    """Parameters are values, never SQL; a doubled percent sign is an operator."""
    hostile = "'); DROP TABLE businesses; -- %s %% \\"
    with pool.platform() as tx:
        assert tx.one("SELECT %s::text AS value, 7 %% 4 AS rest", hostile) == {"value": hostile, "rest": 3}
