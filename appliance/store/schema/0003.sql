-- Version 3 of ledger.db: how a payment was judged that is owed a copy, so that the sale that ends it says the same;
-- and entries as text.

alter table owed add column list_price      integer not null default 0; -- of the option, as it was paid
alter table owed add column discount_reason text;
alter table owed add column method          text not null default 'token' check (method in ('token', 'voucher'));
alter table owed add column tier            text not null default 'boxed' check (tier in ('fresh', 'boxed'));
alter table owed add column marked          integer not null default 1 check (marked in (0, 1));

update owed set list_price = amount;

-- Every entry as JSON: null for one that was damaged and is none, so that it stops no question about the others.
create view texts as
  select incarnation, seq, leaf, case when json_valid(cast(leaf as text)) then cast(leaf as text) end as json
  from entries;
