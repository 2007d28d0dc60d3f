-- Version 1 of ledger.db. The entries are the truth; sales, claims and numbers say the same for quick questions
-- and change only in the transaction that appends the entry.

create table incarnations (
  ordinal     integer primary key,
  incarnation integer not null unique check (incarnation between 0 and 4294967295)
) strict;

create table entries (
  incarnation integer not null references incarnations (incarnation),
  seq         integer not null check (seq >= 0),
  leaf        blob not null,
  primary key (incarnation, seq)
) strict, without rowid;

create table sales (
  incarnation integer not null,
  seq         integer not null,
  grouping    text not null,
  drop_id     text not null,
  version     integer not null,
  price       text not null,
  number      integer,
  amount      integer not null,
  discount    integer not null,
  tip         integer not null,
  currency    text not null,
  method      text not null,
  payment_ref text,
  lo          integer not null,
  voided      integer not null default 0 check (voided in (0, 1)),
  returned    integer not null default 0 check (returned in (0, 1)),
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

create index sales_by_option on sales (drop_id, price, voided, returned);
create unique index sales_once on sales (drop_id, number) where number is not null and not returned;

-- Running time is milliseconds of CLOCK_BOOTTIME added up over all boots (see running).
create table claims (
  incarnation    integer not null,
  seq            integer not null,
  hash           text not null unique,
  code           text not null,
  ends_ms        integer not null, -- running time
  byte_budget    integer not null,
  bytes_out      integer not null default 0,
  pickup         text,
  pickup_until   integer not null default 0, -- running time
  opened_seq     integer, -- of the entry `opened`, in opened_incarnation
  opened_in      integer,
  delivered      integer not null default 0 check (delivered in (0, 1)),
  coverage       text not null default '{}', -- JSON: path -> spans of bytes that have gone out
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references sales (incarnation, seq)
) strict, without rowid;

create index claims_by_pickup on claims (pickup) where pickup is not null;

-- Numbers this box may sell, each with the creator's certificate for it.
create table numbers (
  drop_id     text not null,
  number      integer not null,
  state       text not null check (state in ('free', 'sold', 'burnt', 'blocked', 'away')),
  certificate blob not null,
  primary key (drop_id, number)
) strict, without rowid;

create index numbers_free on numbers (drop_id, state, number);

-- Numbers that may have been sold before the history was lost (FORMATS §5, second place).
create table blocks (
  drop_id   text not null,
  first     integer not null,
  last      integer not null,
  discarded integer not null default 0 check (discarded in (0, 1))
) strict;

create table frozen (
  incarnation integer not null,
  seq         integer not null,
  kind        text not null,
  body        blob not null,
  primary key (incarnation, seq, kind),
  foreign key (incarnation, seq) references sales (incarnation, seq)
) strict, without rowid;

create table answers (
  key         text primary key,
  fingerprint blob not null,
  body        text not null,
  made_ms     integer not null -- running time
) strict, without rowid;

create index answers_by_age on answers (made_ms);

create table shelf (
  sha256      text primary key,
  length      integer not null,
  crc32       integer not null,
  quarantined integer not null default 0 check (quarantined in (0, 1))
) strict, without rowid;

create table covers (
  source text primary key, -- digest of the creator's file
  large  text not null,    -- digests of the pictures made from it
  small  text not null
) strict, without rowid;

create table phones (
  number integer primary key,
  name   text not null,
  secret text not null unique -- SHA-256 of what the phone's cookie holds
) strict;

-- One row per boot: how much running time lay before it, and how far it has come.
create table running (
  ordinal   integer primary key,
  boot      text not null unique,
  before_ms integer not null,
  last_ms   integer not null -- CLOCK_BOOTTIME of the last commit in this boot
) strict;

create table floor (
  only integer primary key check (only = 1),
  lo   integer not null
) strict;

create trigger entries_stay      before delete on entries      begin select raise(abort, 'entries are never deleted'); end;
create trigger entries_stand     before update on entries      begin select raise(abort, 'entries are never changed'); end;
create trigger incarnations_stay before delete on incarnations begin select raise(abort, 'incarnations are never deleted'); end;
create trigger sales_stay        before delete on sales        begin select raise(abort, 'sales are never deleted'); end;
create trigger claims_stay       before delete on claims       begin select raise(abort, 'claims are never deleted'); end;
create trigger numbers_stay      before delete on numbers      begin select raise(abort, 'numbers are never deleted'); end;
create trigger frozen_stay       before delete on frozen       begin select raise(abort, 'frozen bytes are never deleted'); end;
create trigger frozen_stand      before update on frozen       begin select raise(abort, 'frozen bytes are never changed'); end;
create trigger numbers_once      before update of state on numbers
  when old.state = 'burnt' or (old.state = 'sold' and new.state not in ('free', 'burnt'))
  begin select raise(abort, 'a number that was given away does not come back'); end;
