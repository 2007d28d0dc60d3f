-- Version 3 of ledger.db: what the collector has acknowledged.

-- By the largest checkpoint of each incarnation that came back cosigned: entries below its size have left the outbox.
create table acknowledged (
  incarnation integer primary key references incarnations (incarnation),
  size        integer not null check (size > 0),
  checkpoint  text not null -- the signed note with the cosignature
) strict;

-- A cosigned checkpoint that the tree of an incarnation does not extend: the next start begins a new incarnation.
create table contradicted (
  incarnation integer primary key references incarnations (incarnation),
  checkpoint  text not null
) strict;

create trigger acknowledged_stays before delete on acknowledged
  begin select raise(abort, 'an acknowledgement is never deleted'); end;
create trigger acknowledged_grows before update on acknowledged
  when new.size < old.size or new.incarnation <> old.incarnation
  begin select raise(abort, 'an acknowledgement never goes back'); end;

-- The outbox: entries that nobody has acknowledged, in the order of the log; `json` as in `texts`.
create view outbox as
  select i.ordinal, e.incarnation, e.seq, e.leaf,
    case when json_valid(cast(e.leaf as text)) then cast(e.leaf as text) end as json
  from incarnations i left join acknowledged a using (incarnation)
  cross join entries e on e.incarnation = i.incarnation and e.seq >= coalesce(a.size, 0);
