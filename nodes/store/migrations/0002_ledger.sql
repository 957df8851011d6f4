-- Each row of a chain of custody with the span for which it stands (mailroom.domain.ledger); for the post that holds
-- it, "node, post", for anybody else the node that answers. A present holder's span has no end (2 to the 62nd).
CREATE TABLE stays (
    original {text} NOT NULL,
    place {bigint} NOT NULL,
    begin_time {bigint} NOT NULL,
    end_time {bigint} NOT NULL,
    kind {bigint} NOT NULL,
    node {text} NOT NULL,
    post {text} NOT NULL,
    leg {text} NOT NULL,
    event_id {text} NOT NULL,
    stream {text} NOT NULL,
    PRIMARY KEY (original, place)
);
CREATE INDEX stays_by_begin ON stays (node, kind, begin_time);
CREATE INDEX stays_by_end ON stays (node, kind, end_time, begin_time, post);

-- Parcels that were opened, where and when.
CREATE TABLE openings (
    event_id {text} NOT NULL PRIMARY KEY,
    parcel {text} NOT NULL,
    node {text} NOT NULL,
    post {text} NOT NULL,
    open_time {bigint} NOT NULL,
    seals_intact {bigint} NOT NULL
);
CREATE INDEX openings_by_time ON openings (node, open_time);

-- What is counted of each leg that was scanned (mailroom.domain.statistics).
CREATE TABLE legs (
    parcel {text} NOT NULL,
    number {bigint} NOT NULL,
    origin {text} NOT NULL,
    destination {text} NOT NULL,
    carrier {text} NOT NULL,
    sent_time {bigint} NOT NULL,
    arrive_time {bigint},
    due_time {bigint},
    late {bigint} NOT NULL,
    suspected {bigint} NOT NULL,
    lost {bigint} NOT NULL,
    discrepancy {bigint} NOT NULL,
    one_sided {bigint} NOT NULL,
    timed {bigint} NOT NULL,
    cost_fen {bigint} NOT NULL,
    PRIMARY KEY (parcel, number)
);
CREATE INDEX legs_by_time ON legs (sent_time);

-- What was recorded before is laid out when the node starts next (nodes.journal.ledger).
INSERT INTO settings (key, value) SELECT 'ledger_unfilled', '1' WHERE EXISTS (SELECT 1 FROM events);
