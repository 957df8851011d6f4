-- overtake_stays --
-- A new row of a chain claims this time: what stood until later stands until then.
UPDATE stays SET
    begin_time = CASE WHEN begin_time > CAST(:time AS {bigint}) THEN CAST(:time AS {bigint}) ELSE begin_time END,
    end_time = CAST(:time AS {bigint})
WHERE original = :original AND end_time > CAST(:time AS {bigint});

-- append_stay --
-- Adds the present holder's stay to an original's.
INSERT INTO stays (original, place, begin_time, end_time, kind, node, post, leg, event_id, stream)
VALUES (:original, (SELECT COALESCE(max(s.place), 0) + 1 FROM stays s WHERE s.original = :original),
    :begin_time, :end_time, :kind, :node, :post, :leg, :event_id, :stream);

-- insert_stay --
-- Puts one stay in its place.
INSERT INTO stays (original, place, begin_time, end_time, kind, node, post, leg, event_id, stream)
VALUES (:original, :place, :begin_time, :end_time, :kind, :node, :post, :leg, :event_id, :stream)
ON CONFLICT (original, place) DO NOTHING;

-- put_leg --
-- Writes what is counted of a leg.
INSERT INTO legs (parcel, number, origin, destination, carrier, sent_time, arrive_time, due_time, late, suspected, lost,
    discrepancy, one_sided, timed, cost_fen)
VALUES (:parcel, :number, :origin, :destination, :carrier, :sent_time, :arrive_time, :due_time, :late, :suspected, :lost,
    :discrepancy, :one_sided, :timed, :cost_fen)
ON CONFLICT (parcel, number) DO UPDATE SET origin = excluded.origin, destination = excluded.destination,
    carrier = excluded.carrier, sent_time = excluded.sent_time, arrive_time = excluded.arrive_time,
    due_time = excluded.due_time, late = excluded.late, suspected = excluded.suspected, lost = excluded.lost,
    discrepancy = excluded.discrepancy, one_sided = excluded.one_sided, timed = excluded.timed,
    cost_fen = excluded.cost_fen;

-- put_opening --
-- Notes that a parcel was opened.
INSERT INTO openings (event_id, parcel, node, post, open_time, seals_intact)
VALUES (:event_id, :parcel, :node, :post, :open_time, :seals_intact) ON CONFLICT (event_id) DO NOTHING;

-- get_stay_at --
-- The last row of an original's chain that stands by a time.
SELECT s.place, s.begin_time, s.end_time, c.custody FROM stays s
JOIN custody c ON c.original = s.original AND c.place = s.place
WHERE s.original = :original AND s.begin_time <= :time ORDER BY s.place DESC LIMIT 1;

-- get_mover --
-- The event that moved something, with what proves it.
SELECT event_id, stream, version, author, claim_time, standing, receipt, digest, envelope FROM events
WHERE event_id = :event_id;

-- list_arrivals --
-- What came to the posts of a node within a span, each with whose hands it came from.
SELECT s.original, s.place, s.begin_time AS time, s.event_id, s.stream,
    COALESCE(p.kind, 0) AS giver_kind, COALESCE(p.node, '') AS giver_node, COALESCE(p.post, '') AS giver_post,
    COALESCE(p.leg, '') AS giver_leg,
    s.kind AS taker_kind, s.node AS taker_node, s.post AS taker_post, s.leg AS taker_leg
FROM stays s LEFT JOIN stays p ON p.original = s.original AND p.place = s.place - 1
WHERE s.node = :node AND s.kind = 2 AND s.begin_time >= :begin AND s.begin_time < :until
ORDER BY s.begin_time, s.original, s.place LIMIT :size;

-- list_departures --
-- What left the posts of a node within a span, each with whose hands it went into.
SELECT n.original, n.place, n.begin_time AS time, n.event_id, n.stream,
    s.kind AS giver_kind, s.node AS giver_node, s.post AS giver_post, s.leg AS giver_leg,
    n.kind AS taker_kind, n.node AS taker_node, n.post AS taker_post, n.leg AS taker_leg
FROM stays s JOIN stays n ON n.original = s.original AND n.place = s.place + 1
WHERE s.node = :node AND s.kind = 2 AND s.end_time >= :begin AND s.end_time < :until
ORDER BY n.begin_time, n.original, n.place LIMIT :size;

-- count_shelf --
-- How many originals lie at the posts of a node at a time, or at one of them.
SELECT count(*) AS originals FROM stays
WHERE node = :node AND kind = 2 AND end_time >= :time AND begin_time < :time AND (:post = '' OR post = :post);

-- list_openings --
-- Parcels that were opened at the posts of a node within a span.
SELECT parcel, post, open_time, seals_intact FROM openings
WHERE node = :node AND open_time >= :begin AND open_time < :until ORDER BY open_time, parcel LIMIT :size;

-- list_legs --
-- Legs that were sent within a span.
SELECT parcel, number, origin, destination, carrier, sent_time, arrive_time, due_time, late, suspected, lost,
    discrepancy, one_sided, timed, cost_fen
FROM legs WHERE sent_time >= :begin AND sent_time < :until;

-- list_waiting_moves --
-- Own events on applications and parcels that wait for their answer, in order.
SELECT stream, envelope FROM events
WHERE standing = 0 AND (stream LIKE 'applications/%' OR stream LIKE 'parcels/%') ORDER BY sequence LIMIT 20000;

-- list_chains --
-- Rows of chains after an original, for laying them out: whole chains but for the last one of a page.
SELECT original, place, custody FROM custody WHERE original > :after ORDER BY original, place LIMIT :size;

-- list_stream_names --
-- Streams of a collection by name, in pages, those of which only own steps wait among them.
SELECT name FROM streams WHERE name > :after AND name < :until ORDER BY name LIMIT :size;

-- list_parcel_states --
-- Parcels by name, in pages.
SELECT name, state FROM streams
WHERE name > :after AND name < 'parcels0' AND version > 0 ORDER BY name LIMIT :size;

-- list_folded_between --
-- Folded events of a range of streams, in stream order.
SELECT envelope FROM events WHERE stream >= :first AND stream <= :last AND standing = 1 ORDER BY stream, version;

-- fsck_stays --
-- All stays of all originals.
SELECT original, place, begin_time, end_time, kind, node, post, leg, event_id, stream FROM stays ORDER BY original, place;

-- fsck_stays_of --
-- One original's stays.
SELECT original, place, begin_time, end_time, kind, node, post, leg, event_id, stream FROM stays
WHERE original = :original ORDER BY place;

-- fsck_lost_stays --
-- Stays that no row of custody stands behind.
SELECT s.original, s.place FROM stays s
WHERE NOT EXISTS (SELECT 1 FROM custody c WHERE c.original = s.original AND c.place = s.place)
ORDER BY s.original, s.place;

-- is_unfilled --
-- Whether what was recorded before has still to be laid out.
SELECT value FROM settings WHERE key = :key;
