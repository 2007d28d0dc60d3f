-- Version 5 of ledger.db: what the collector holds against entries of this box.

-- Entries that the collector keeps in a case, as its answers said.
create table cases (
  incarnation integer not null,
  seq         integer not null,
  reason      text,
  name        text, -- the case's, at the collector's
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

-- Incarnations of which the collector holds two histories: the next start begins a new one, and the entries of this
-- one leave the outbox each with its verdict (FORMATS §6).
create table forks (
  incarnation integer primary key references incarnations (incarnation),
  name        text -- the case's
) strict;

drop view outbox;
create view outbox as
  select i.ordinal, e.incarnation, e.seq, e.leaf,
    case when json_valid(cast(e.leaf as text)) then cast(e.leaf as text) end as json
  from incarnations i left join acknowledged a using (incarnation) left join forks f using (incarnation)
  cross join entries e on e.incarnation = i.incarnation and e.seq >= coalesce(a.size, 0)
  where f.incarnation is null
    or not exists (select 1 from cases c where c.incarnation = e.incarnation and c.seq = e.seq);
