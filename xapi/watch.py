"""Noticing, while statements are stored, that rules ask for some of them: each such rule's job is put on its way.

The rules' terms are remembered. That they are others by now, the store's clock says, which whoever stores has taken
(``xapi.clock.take``), so nothing is asked of the database while no rule is concerned. A rule whose job is on its way
already isn't asked for again; the job takes that mark off before it reads (``xapi.gather.begin``).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus.events import Publish, StatementsWanted
from xapi.batches import Batch, Prepared
from xapi.clock import Held
from xapi.rules import reading_of, term_of
from xapi.store import EvidenceRule, StatementRow
from xapi.store import terms as terms_table

Term = tuple[int, bytes]
"""Tenant and term."""


class _Memory(NamedTuple):
    version: int
    rules: dict[Term, list[int]]
    """The rules (database ids) that ask for a term of a tenant's statements."""
    by_tenant: dict[int, frozenset[bytes]]


@dataclass
class Watch:
    """Sees what is stored by this process."""

    publish: Callable[[Session], Publish]
    _memory: _Memory = field(default=_Memory(-1, {}, {}))

    def notice(self, session: Session, held: Held, stored: Sequence[Batch]) -> None:
        """Put the jobs of the rules on their way that ask for one of these; they are there if the batches are."""
        if held.rules != self._memory.version:
            self._memory = _recall(session, held.rules)
        if not self._memory.rules:
            return
        wanted = set(self._found(session, stored))
        if wanted:
            self._send(session, wanted, moment=str(held.last_id))

    def _found(self, session: Session, stored: Sequence[Batch]) -> Iterable[int]:
        _, rules, by_tenant = self._memory
        for batch in stored:
            tenant = batch.sender.tenant
            asked = by_tenant.get(tenant)
            if asked is None:
                continue
            found = {term for one in batch.prepared if not asked.isdisjoint(one.terms) for term in asked & one.terms}
            voiding = [one for one in batch.prepared if one.voiding]
            if voiding:
                found |= _voided_terms(session, tenant, voiding, asked)
            for term in found:
                yield from rules[tenant, term]

    def _send(self, session: Session, wanted: set[int], *, moment: str) -> None:
        rule = EvidenceRule
        marking = update(rule).where(rule.id.in_(wanted), rule.wanted.is_(False)).values(wanted=True)
        marked = session.scalars(
            marking.returning(rule.public_id), execution_options={"synchronize_session": False}
        ).all()
        if not marked:
            return
        publish = self.publish(session)
        for public_id in sorted(marked):
            publish(StatementsWanted(public_id, moment))


def _recall(session: Session, version: int) -> _Memory:
    rules: dict[Term, list[int]] = {}
    for rule in session.scalars(select(EvidenceRule).where(EvidenceRule.ended_at.is_(None))):
        rules.setdefault((rule.organisation_id, term_of(reading_of(rule))), []).append(rule.id)
    tenants = {tenant for tenant, _ in rules}
    return _Memory(
        version, rules, {tenant: frozenset(term for owner, term in rules if owner == tenant) for tenant in tenants}
    )


def _voided_terms(session: Session, tenant: int, voiding: Sequence[Prepared], asked: frozenset[bytes]) -> set[bytes]:
    """Give the terms asked for of what is declared void, if it is there."""
    row = StatementRow
    targets = [one.refers_to for one in voiding]
    found = session.scalars(
        select(terms_table.c.term)
        .join(row, row.id == terms_table.c.statement_id)
        .where(terms_table.c.term.in_(asked), row.tenant == tenant, row.statement_id.in_(targets))
        .distinct()
    )
    return set(found)
