-- Version 1 of collector.db. What boxes have signed is kept as it is; everything else is derived from it and says the
-- same whatever the order in which it came.

-- One incarnation of one box's ledger, and how far it is held without a gap.
create table logs (
  box         text not null,
  incarnation integer not null,
  size        integer not null default 0,      -- leaves from 0 without a gap
  edge        blob not null default x'',       -- of their tree: the complete subtrees, 32 bytes each
  forked      integer not null default 0 check (forked in (0, 1)),
  cosigned    integer not null default 0,      -- the largest size that was ever cosigned
  checkpoint  text,                            -- the box's checkpoint of that size
  heard       integer not null,                -- Unix seconds of the last batch
  primary key (box, incarnation)
) strict, without rowid;

create table entries (
  box         text not null,
  incarnation integer not null,
  seq         integer not null,
  hash        blob not null,                   -- of the leaf; a forked log has two at one seq
  leaf        blob not null,
  type        text,                            -- null: signed, and yet no entry
  fault       text,                            -- why not
  primary key (box, incarnation, seq, hash)
) strict, without rowid;

-- Every checkpoint that a box has signed and shown.
create table checkpoints (
  box         text not null,
  incarnation integer not null,
  size        integer not null,
  root        blob not null,
  note        text not null,
  primary key (box, incarnation, size, root)
) strict, without rowid;

-- The tree's edge at every 1024 leaves, so that the root at any earlier size is at hand.
create table edges (
  box         text not null,
  incarnation integer not null,
  size        integer not null,
  nodes       blob not null,
  primary key (box, incarnation, size)
) strict, without rowid;

-- Which entry took which number or token.
create table takings (
  once        text not null check (once in ('number', 'token')),
  name        text not null,
  box         text not null,
  incarnation integer not null,
  seq         integer not null,
  hash        blob not null,
  primary key (once, name, box, incarnation, seq, hash)
) strict, without rowid;

create index takings_of on takings (box, incarnation, seq);

create table sales (
  box         text not null,
  incarnation integer not null,
  seq         integer not null,
  hash        blob not null,
  grouping    text not null,
  drop_id     text not null,
  price       text not null,
  number      integer,
  amount      integer not null,
  discount    integer not null,
  tip         integer not null,
  currency    text not null,
  method      text not null,
  tier        text,
  marked      integer not null,
  owed        text,                            -- reference of the owed entry that it ends
  lo          integer not null,
  quality     text not null,
  primary key (box, incarnation, seq, hash)
) strict, without rowid;

create table owed (
  box         text not null,
  incarnation integer not null,
  seq         integer not null,
  hash        blob not null,
  drop_id     text not null,
  price       text not null,
  amount      integer not null,
  currency    text not null,
  lo          integer not null,
  primary key (box, incarnation, seq, hash)
) strict, without rowid;

-- Voids and refunds, by the sale (or owed entry) that they are about; they may come before it.
create table undone (
  box         text not null,
  incarnation integer not null,                -- of the sale
  seq         integer not null,
  by_incarnation integer not null,             -- of the void or refund
  by_seq      integer not null,
  by_hash     blob not null,
  type        text not null check (type in ('void', 'refund')),
  amount      integer not null default 0,
  returned    integer not null default 0,
  reason      text not null,
  primary key (box, incarnation, seq, by_incarnation, by_seq, by_hash)
) strict, without rowid;

-- What needs a human answer. `stands` follows the entries; the answer stays.
create table cases (
  id          text primary key,
  kind        text not null check (kind in ('number', 'token', 'fork')),
  name        text not null,
  stands      integer not null check (stands in (0, 1)),
  opened      integer not null,                -- Unix seconds
  answer      text,
  answered    integer
) strict, without rowid;

create table attachments (
  box         text not null,
  incarnation integer not null,
  seq         integer not null,
  form        text not null check (form in ('token', 'sealed')),
  digest      text not null,
  data        blob not null,
  primary key (box, incarnation, seq, form, digest)
) strict, without rowid;

-- What was answered to a batch the first time.
create table batches (
  body        blob primary key,                -- SHA-256
  verdicts    text not null                    -- JSON
) strict, without rowid;

-- Sales that were not voided.
create view standing as
  select s.* from sales s where not exists
    (select 1 from undone u where u.box = s.box and u.incarnation = s.incarnation and u.seq = s.seq and u.type = 'void');

-- Sales that stand, added up by the hour: what pages are made of, however many sales there are.
create table sums (
  hour        integer not null,                -- Unix seconds of its beginning
  box         text not null,
  drop_id     text not null,
  price       text not null,
  method      text not null,
  currency    text not null,
  count       integer not null,
  paid        integer not null,
  primary key (hour, box, drop_id, price, method, currency)
) strict, without rowid;

create trigger sale_adds after insert on sales when not exists
  (select 1 from undone u where u.box = new.box and u.incarnation = new.incarnation and u.seq = new.seq and u.type = 'void')
begin
  insert into sums values (new.lo / 3600 * 3600, new.box, new.drop_id, new.price, new.method, new.currency, 1,
    new.amount - new.discount + new.tip)
    on conflict do update set count = count + 1, paid = min(paid + excluded.paid, 1 << 62);  -- and no absurd sale fails
end;

-- The first void takes off what the sale had added; of a forked log that may be two.
create trigger void_takes_off after insert on undone when new.type = 'void' and not exists
  (select 1 from undone u where u.box = new.box and u.incarnation = new.incarnation and u.seq = new.seq and u.type = 'void'
    and (u.by_incarnation, u.by_seq, u.by_hash) <> (new.by_incarnation, new.by_seq, new.by_hash))
begin
  update sums set count = sums.count - gone.count, paid = sums.paid - gone.paid from
    (select lo / 3600 * 3600 as hour, box, drop_id, price, method, currency, count(*) as count,
      sum(amount - discount + tip) as paid from sales
      where box = new.box and incarnation = new.incarnation and seq = new.seq group by 1, 2, 3, 4, 5, 6) gone
    where sums.hour = gone.hour and sums.box = gone.box and sums.drop_id = gone.drop_id and sums.price = gone.price
      and sums.method = gone.method and sums.currency = gone.currency;
end;
