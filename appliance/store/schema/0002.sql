-- Version 2 of ledger.db: payment tokens, what is owed, refunds, releases, card orders, the whole clock, kept heads.

alter table sales add column tier     text check (tier in ('fresh', 'boxed'));
alter table sales add column marked   integer not null default 0 check (marked in (0, 1));
alter table sales add column owed_in  integer; -- the entry `owed` that this sale ends
alter table sales add column owed_seq integer;

-- How often epochs must have stated a number released before it may come back.
alter table numbers add column releases integer not null default 0;

create table closes (
  incarnation integer not null,
  seq         integer not null,
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

-- Payment tokens that were taken, once each: by a sale, or by what is owed until a sale or a refund ends it.
create table spent (
  issuer      text not null,
  cti         text not null,
  incarnation integer not null, -- of the entry that holds the token: `sale` or `owed`
  seq         integer not null,
  primary key (issuer, cti),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

create table owed (
  incarnation integer not null,
  seq         integer not null,
  issuer      text not null,
  cti         text not null,
  sha256      text not null, -- of the COSE bytes
  drop_id     text not null,
  price       text not null,
  amount      integer not null,
  currency    text not null,
  list_price  integer not null, -- with the next four: how it was judged, so that the sale that ends it says the same
  discount_reason text,
  method      text not null check (method in ('token', 'voucher')),
  tier        text not null check (tier in ('fresh', 'boxed')),
  marked      integer not null check (marked in (0, 1)),
  lo          integer not null,
  ended       integer not null default 0 check (ended in (0, 1)),
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

-- Money that was given back: once per sale or owed entry.
create table refunds (
  incarnation integer not null, -- of the sale or owed entry
  seq         integer not null,
  amount      integer not null,
  currency    text not null,
  phone       integer,
  entry_in    integer not null, -- the entry `refund`
  entry_seq   integer not null,
  primary key (incarnation, seq),
  foreign key (entry_in, entry_seq) references entries (incarnation, seq)
) strict, without rowid;

-- Refusals of tokens whose signature held: one entry per issuer, cti and reason.
create table refusals (
  issuer text not null,
  cti    text not null,
  reason text not null,
  primary key (issuer, cti, reason)
) strict, without rowid;

-- Why an offer was below the list price: the sale repeats it (FORMATS §3, Offer).
create table discounts (
  nonce   blob primary key,
  reason  text not null,
  made_ms integer not null -- running time
) strict, without rowid;

-- Orders that wait for a card payment in the reader's own app. No sale yet: the answer under `key` makes it one.
create table card_orders (
  key      text primary key, -- of the answer that ends it
  body     text not null,    -- the order, JSON
  title    text not null,
  amount   integer not null, -- what the card is charged
  currency text not null,
  phone    integer,
  made_ms  integer not null, -- running time
  dropped  integer not null default 0 check (dropped in (0, 1))
) strict, without rowid;

-- Every entry as JSON: null for one that was damaged and is none, so that it stops no question about the others.
create view texts as
  select incarnation, seq, leaf, case when json_valid(cast(leaf as text)) then cast(leaf as text) end as json
  from entries;

-- What the clock remembers over a restart (FORMATS §3).
create table clock (
  only        integer primary key check (only = 1),
  lo          integer not null, -- with hi, quality, boot, boottime_ms: the last moment that was committed
  hi          integer,
  quality     text not null,
  boot        text not null,
  boottime_ms integer not null,
  sure_lo     integer,                    -- the last lo of quality phone or better
  root_issued integer,                    -- of the newest root paper that was believed
  reset_n     integer not null default 0, -- of the last clock-reset that was heard
  window_boot text                        -- in which the stall owner confirmed an uncertain window
) strict;

-- Signed times that would move lo by more than 400 days: the stall owner is asked first.
create table clock_questions (
  source text primary key, -- as clock entries name it
  lo     integer not null
) strict, without rowid;

-- How far each incarnation came, kept by the transaction that took it there: no other root is ever signed.
create table heads (
  incarnation integer primary key references incarnations (incarnation),
  size        integer not null,
  root        blob not null
) strict;

insert into clock (only, lo, quality, boot, boottime_ms) select only, lo, 'floor', '', 0 from floor;
drop table floor;

create trigger spent_stay   before delete on spent   begin select raise(abort, 'spent tokens are never deleted'); end;
create trigger spent_stand  before update on spent   begin select raise(abort, 'spent tokens are never changed'); end;
create trigger owed_stay    before delete on owed    begin select raise(abort, 'what is owed is never deleted'); end;
create trigger refunds_stay before delete on refunds begin select raise(abort, 'refunds are never deleted'); end;
