"""Golden questions in Postgres. What they are: shared/domain/golden.py."""

import json
from collections.abc import Sequence

from shared.adapters.postgres.active import require_active
from shared.adapters.postgres.audit import audit
from shared.adapters.postgres.businesses import lock_business
from shared.adapters.postgres.database import Database, Transaction
from shared.domain.errors import Conflict, FieldError, Invalid, NotFound
from shared.domain.golden import MAX_QUESTIONS, GoldenQuestion, stored
from shared.domain.records import Actor


class GoldenStore:
    """The golden questions of a business, each once by its id. One change of a business at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_of(self, business_id: str) -> list[GoldenQuestion]:
        """Return all, in order of their ids."""
        with self._database.tenant(business_id) as tx:
            require_active(tx, business_id)
            rows = tx.run("SELECT spec FROM golden_questions WHERE business_id = %s ORDER BY id", business_id)
        return [GoldenQuestion.model_validate(row["spec"], extra="ignore") for row in rows]

    def replace(self, business_id: str, questions: Sequence[GoldenQuestion], actor: Actor) -> None:
        """Keep these and no others."""
        with self._database.tenant(business_id) as tx:
            lock_business(tx, business_id)
            tx.run("DELETE FROM golden_questions WHERE business_id = %s", business_id)
            _write(tx, business_id, questions)
            audit(tx, business_id, actor, "golden.replaced", detail={"questions": len(questions)})

    def add(self, business_id: str, question: GoldenQuestion, actor: Actor) -> None:
        """Keep one more.

        Raises:
            Conflict: `exists` when there is one of that id.
            Invalid: there is no room for more.
        """
        with self._database.tenant(business_id) as tx:
            lock_business(tx, business_id)
            row = tx.one("SELECT count(*) AS n FROM golden_questions WHERE business_id = %s", business_id)
            if row and row["n"] >= MAX_QUESTIONS:
                raise Invalid([FieldError((), f"a business may have at most {MAX_QUESTIONS} golden questions")])
            try:
                _write(tx, business_id, [question])
            except Conflict:
                raise Conflict(f"There is a golden question '{question.id}' already.", code="exists") from None
            audit(tx, business_id, actor, "golden.created", target=question.id)

    def remove(self, business_id: str, question_id: str, actor: Actor) -> None:
        """Forget one; NotFound when there is no such one."""
        with self._database.tenant(business_id) as tx:
            lock_business(tx, business_id)
            gone = tx.run(
                "DELETE FROM golden_questions WHERE business_id = %s AND id = %s RETURNING id", business_id, question_id
            )
            if not gone:
                raise NotFound("There is no such golden question.")
            audit(tx, business_id, actor, "golden.deleted", target=question_id)


def _write(tx: Transaction, business_id: str, questions: Sequence[GoldenQuestion]) -> None:
    rows = json.dumps([{"id": one.id, "spec": stored(one)} for one in questions])
    tx.run(
        "INSERT INTO golden_questions (business_id, id, spec) SELECT %s, id, spec"
        " FROM jsonb_to_recordset(%s::jsonb) AS q(id text, spec jsonb)",
        business_id, rows,
    )  # fmt: skip
