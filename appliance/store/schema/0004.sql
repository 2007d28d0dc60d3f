-- Version 4 of ledger.db: what travels beside the ledger, outside the tree and deletable.

-- Token texts (COSE bytes) and sealed addresses, by the entry that holds their digest (FORMATS §6).
create table attachments (
  incarnation integer not null,
  seq         integer not null,
  form        text not null check (form in ('token', 'sealed')),
  data        blob not null,
  sent        integer not null default 0 check (sent in (0, 1)), -- and acknowledged
  primary key (incarnation, seq, form),
  foreign key (incarnation, seq) references entries (incarnation, seq)
) strict, without rowid;

create index attachments_unsent on attachments (incarnation, seq) where not sent;

-- Which sale an entry `contact` is about.
create table contacts (
  incarnation integer not null,
  seq         integer not null,
  sale_in     integer not null,
  sale_seq    integer not null,
  primary key (incarnation, seq),
  foreign key (incarnation, seq) references entries (incarnation, seq),
  foreign key (sale_in, sale_seq) references sales (incarnation, seq)
) strict, without rowid;

create index contacts_by_sale on contacts (sale_in, sale_seq);
