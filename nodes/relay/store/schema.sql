-- Times are microseconds of UTC, 0 for never.  No credentials and no orders: what names people is not kept here, but
-- for a carrier's words, as ciphertext, from when they are heard until the relay has recorded them.

-- One row a waybill number that an account is asked about.  It stays a while after nobody watches it any more, because
-- a carrier remembers when it was asked last.
CREATE TABLE numbers (
    feed {text} NOT NULL,
    carrier {text} NOT NULL,
    waybill {text} NOT NULL,
    phone {text} NOT NULL,
    until_time {bigint} NOT NULL,
    asked_time {bigint} NOT NULL,
    next_time {bigint} NOT NULL,
    push_time {bigint} NOT NULL,
    subscribe_time {bigint} NOT NULL,
    hints {bigint} NOT NULL,
    failures {bigint} NOT NULL,
    ended {bigint} NOT NULL,
    PRIMARY KEY (feed, carrier, waybill)
);
CREATE INDEX numbers_by_next ON numbers (feed, next_time);
CREATE INDEX numbers_by_waybill ON numbers (feed, waybill);

-- Which leg travels under which number.
CREATE TABLE watches (
    leg {text} NOT NULL PRIMARY KEY,
    feed {text} NOT NULL,
    carrier {text} NOT NULL,
    waybill {text} NOT NULL,
    until_time {bigint} NOT NULL
);
CREATE INDEX watches_by_number ON watches (feed, carrier, waybill);

-- What was told of a leg already.
CREATE TABLE seen (
    leg {text} NOT NULL,
    observation {blob} NOT NULL,
    PRIMARY KEY (leg, observation)
);

-- Signed pushes that were taken: one that comes again says nothing.
CREATE TABLE pushes (
    feed {text} NOT NULL,
    digest {blob} NOT NULL,
    receive_time {bigint} NOT NULL,
    PRIMARY KEY (feed, digest)
);

-- Orders by the leg's name.  state: 0 asked, 1 perhaps sent, 2 assigned, 3 failed, 4 to be cancelled, 5 cancelled.
CREATE TABLE bookings (
    leg {text} NOT NULL PRIMARY KEY,
    feed {text} NOT NULL,
    carrier {text} NOT NULL,
    state {bigint} NOT NULL,
    sent_time {bigint} NOT NULL,
    waybill {text} NOT NULL,
    update_time {bigint} NOT NULL
);

-- What is yet to be told, in order.
CREATE TABLE news (
    id {bigint} NOT NULL PRIMARY KEY,
    leg {text} NOT NULL,
    content {text} NOT NULL
);
CREATE INDEX news_by_leg ON news (leg);

-- What is wrong with an account (leg is empty), or with one leg's number.
CREATE TABLE troubles (
    feed {text} NOT NULL,
    leg {text} NOT NULL,
    reason {text} NOT NULL,
    since_time {bigint} NOT NULL,
    content {text} NOT NULL,
    PRIMARY KEY (feed, leg)
);

-- Until when the calls made so far have used up an interface's allowance.
CREATE TABLE allowances (
    feed {text} NOT NULL,
    interface {text} NOT NULL,
    used_time {bigint} NOT NULL,
    PRIMARY KEY (feed, interface)
);

-- What the database knows of itself: which life of the relay's journal (incarnation) it goes with, and when it was last
-- put back beside another.
CREATE TABLE marks (
    name {text} NOT NULL PRIMARY KEY,
    value {bigint} NOT NULL
);
