-- Version 2 of collector.db: releases are few among many entries, and are asked for with every look at the stock.

create index releases on entries (box, incarnation, seq) where type = 'release';
