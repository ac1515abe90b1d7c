"""Personal data brought into one form, table by table, business by business, some rows a transaction.

Sealed under the newest key, or in clear again: what a deployment needs before it goes back to a release that does not
read the other form. Beside it everything is served: a row is locked for the moment in which it is written anew.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from shared.adapters.postgres.database import Database, Row, Transaction
from shared.adapters.postgres.personal import FORMS, VISITORS, Form, Sealing
from shared.adapters.vault import Rotation
from shared.domain.errors import Conflict

BATCH = 200
Tell = Callable[[str, int], None]
"""Told of a table, and how many of its rows have been brought so far."""


@dataclass
class _Done:
    """What came of a table so far."""

    brought: int = 0
    unreadable: int = 0


class Resealing:
    """Brings rows into the form that `sealing` writes.

    Args:
        database: signed in as one who may become the platform: it asks which businesses there are.
        sealing: on, for sealed under the newest key; off, for in clear.
        clear_too: whether what is in clear is sealed; without it only what is sealed comes under the newest key.
    """

    def __init__(self, database: Database, sealing: Sealing, *, clear_too: bool = True) -> None:
        self._database = database
        self._sealing = sealing
        self._clear_too = clear_too

    def rotate(self, tell: Tell, batch: int = BATCH) -> Rotation:
        """Bring every row of every business; what no key opens stays as it is, and its business is named."""
        with self._database.platform() as tx:
            businesses = [row["id"] for row in tx.run("SELECT id FROM businesses ORDER BY id")]
        brought, unreadable = 0, set[str]()
        for form in FORMS.values():
            of_table = 0
            for business_id in businesses:
                done = self._of_business(form, business_id, batch)
                of_table += done.brought
                unreadable |= {business_id} if done.unreadable else set()
                if done.brought:
                    tell(form.table, of_table)
            brought += of_table
        return Rotation(brought, tuple(sorted(unreadable)))

    def _of_business(self, form: Form, business_id: str, batch: int) -> _Done:
        done, after = _Done(), [""] * len(form.key)
        condition, values = self._otherwise(form)
        names = ", ".join(dict.fromkeys((*form.key, *form.columns)))
        key = ", ".join(form.key)
        while True:
            with self._database.tenant(business_id) as tx:
                rows = tx.run(
                    f"SELECT {names} FROM {form.table} WHERE business_id = %s AND ({key}) >"
                    f" ({', '.join(['%s'] * len(form.key))}) AND ({condition}) ORDER BY {key} LIMIT %s FOR UPDATE",
                    business_id, *after, *values, batch,
                )  # fmt: skip
                for row in rows:
                    self._bring(tx, form, business_id, row, done)
            if not rows:
                return done
            after = [rows[-1][name] for name in form.key]

    def _bring(self, tx: Transaction, form: Form, business_id: str, row: Row, done: _Done) -> None:
        try:
            known = self._sealing.opened(form, business_id, row)
        except Conflict:
            done.unreadable += 1
            return
        if form is VISITORS:
            known = self._alone(tx, business_id, row["user_id"], known)
        told = self._sealing.written(form, business_id, {name: known[name] for name in (*form.marked, *form.empty)})
        for column, own in form.alone.items():
            told[column], told[own] = self._sealing.alone(form, business_id, column, known[column])
        if form.lines:
            told[form.lines] = json.dumps([self._sealing.line(form, business_id, one) for one in known[form.lines]])
        where = " AND ".join(f"{name} = %s" for name in form.key)
        tx.run(
            f"UPDATE {form.table} SET {form.assigned(told)} WHERE business_id = %s AND {where}",
            *told.values(), business_id, *(row[name] for name in form.key),
        )  # fmt: skip
        done.brought += 1

    def _alone(self, tx: Transaction, business_id: str, stands_as: str, known: Row) -> Row:
        """Return a visitor, with what the rows of other forms know that are the same person's, which go."""
        user_id = known["user_id"]
        tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"visitor:{business_id}:{user_id}")
        forms = self._sealing.found_by(VISITORS, "user_id", business_id, user_id)
        others = tx.run(
            "DELETE FROM visitors WHERE business_id = %s AND user_id = ANY(%s) AND user_id <> %s"
            " RETURNING user_id, fields, sealed", business_id, forms, stands_as,
        )  # fmt: skip
        more = [self._sealing.shown(VISITORS, business_id, other)["fields"] for other in others]
        return {**known, "fields": {name: value for one in (known["fields"], *more) for name, value in one.items()}}

    def _otherwise(self, form: Form) -> tuple[str, list[object]]:
        """Return the condition of rows that are not yet as they are to be, and its values."""
        if not self._sealing.on:
            return _sealed(form), []
        older, values = _older(form, self._sealing.vault.newest)
        if not self._clear_too:
            return older, values
        return f"{older} OR {_in_clear(form)}", values


def _sealed(form: Form) -> str:
    """Return the condition of a row of which anything is sealed."""
    parts = [f"{name} IS NOT NULL" for name in ("sealed", *form.alone.values())]
    if form.lines:
        parts.append(f"EXISTS (SELECT FROM jsonb_array_elements({form.lines}) one WHERE one ? 'sealed')")
    return " OR ".join(parts)


def _older(form: Form, newest: bytes) -> tuple[str, list[object]]:
    """Return the condition of a row of which anything is sealed, and not under the newest key; and its values."""
    names = ("sealed", *form.alone.values())
    parts, values = [f"substring({name}, 1, %s) <> %s" for name in names], [len(newest), newest] * len(names)
    if form.lines:
        # Nine bytes are twelve letters of base64, without a rest.
        parts.append(
            f"EXISTS (SELECT FROM jsonb_array_elements({form.lines}) one"
            " WHERE NOT starts_with(one ->> 'sealed', encode(%s, 'base64')))"
        )
        values.append(newest)
    return " OR ".join(parts), list(values)


def _in_clear(form: Form) -> str:
    """Return the condition of a row of which anything is in clear."""
    says = [f"{name} <> {_literal(empty)}" if empty is not None else f"{name} IS NOT NULL"
            for name, empty in form.empty.items()]  # fmt: skip
    marked = [f"{name} <> ''" for name in form.marked[:1]]
    parts = [f"(sealed IS NULL AND ({' OR '.join([*says, *marked])}))", *(f"{name} <> ''" for name in form.alone)]
    if form.lines:
        parts.append(f"EXISTS (SELECT FROM jsonb_array_elements({form.lines}) one WHERE NOT one ? 'sealed')")
    return " OR ".join(parts)


def _literal(empty: object) -> str:
    return "''" if empty == "" else f"'{json.dumps(empty)}'"
