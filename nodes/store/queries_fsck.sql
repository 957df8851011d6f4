-- fsck_admissions --
-- Signed headers, by batch.
SELECT batch_id, signed FROM admissions ORDER BY batch_id;

-- fsck_admission --
-- One batch's signed header.
SELECT signed FROM admissions WHERE batch_id = :batch_id;

-- fsck_node_events --
-- What nodes have said of themselves, as receipted, in stream order, for the directory's history.
SELECT stream, version, envelope, receipt FROM events
WHERE stream >= 'nodes/' AND stream < 'nodes0' AND version IS NOT NULL ORDER BY stream, version;

-- fsck_placed --
-- Receipted events of a range of streams, in stream order, with what is sealed beside them.
SELECT e.stream, e.version, e.event_id, e.digest, e.author, e.envelope, e.receipt, e.sequence, e.standing,
    e.claim_time, e.rejection, s.content AS sealed, s.stream AS sealed_stream
FROM events e LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.stream >= :first AND e.stream < :until AND e.version IS NOT NULL ORDER BY e.stream, e.version;

-- fsck_unplaced --
-- Own events of a range of streams that wait or were refused, in the order they were made, and their tasks.
SELECT e.stream, e.version, e.event_id, e.digest, e.author, e.envelope, e.receipt, e.sequence, e.standing,
    e.claim_time, e.rejection, s.content AS sealed, s.stream AS sealed_stream, t.stream AS task
FROM events e LEFT JOIN sealed s ON s.event_id = e.event_id LEFT JOIN tasks t ON t.task_id = e.event_id
WHERE e.stream >= :first AND e.stream < :until AND e.version IS NULL ORDER BY e.stream, e.sequence;

-- fsck_streams --
-- The stored states of a range of streams.
SELECT name AS stream, collection, version, head, state, predicted_version, predicted_head, predicted, phase, parked
FROM streams WHERE name >= :first AND name < :until ORDER BY name;

-- fsck_grants --
-- Our grants in a range of streams.
SELECT stream, audience, ciphertext FROM grants WHERE stream >= :first AND stream < :until ORDER BY stream, audience;

-- fsck_roles --
-- Noted roles in a range of streams.
SELECT stream, role, node FROM roles WHERE stream >= :first AND stream < :until ORDER BY stream, role, node;

-- fsck_case_parcels --
-- What cases are made from: parcels' predicted states, by name.
SELECT name AS parcel, CASE WHEN length(predicted) > 0 THEN predicted ELSE state END AS state FROM streams
WHERE name >= 'parcels/' AND name < 'parcels0' ORDER BY name;

-- fsck_cases --
-- Open cases, by parcel.
SELECT parcel, code, subject, owner, escalation, open_time, deadline FROM cases ORDER BY parcel, code, subject;

-- fsck_sequences --
-- Our own sequences, in order.
SELECT stream, version, event_id, sequence, envelope FROM events
WHERE sequence IS NOT NULL ORDER BY sequence, event_id;

-- fsck_orphans --
-- What is sealed beside no event.
SELECT s.event_id, s.stream FROM sealed s
WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.event_id = s.event_id) ORDER BY s.event_id;

-- fsck_chain --
-- Who has held an original, and where the events that say so stand.
SELECT c.original, c.place, c.custody FROM custody c WHERE c.original = :original ORDER BY c.place;

-- fsck_custody --
-- All holders of all originals.
SELECT original, place, custody FROM custody ORDER BY original, place;

-- fsck_counters --
-- Local numbers given out.
SELECT name, value FROM counters ORDER BY name;

-- fsck_loose --
-- Rows that speak of a stream that is not here: calls made, pickup codes, readings.
SELECT 'requests' AS origin, r.request_id AS named, r.name AS stream FROM requests r
WHERE NOT EXISTS (SELECT 1 FROM streams s WHERE s.name = r.name)
UNION ALL
SELECT 'pickups' AS origin, p.application AS named, p.application AS stream FROM pickups p
WHERE NOT EXISTS (SELECT 1 FROM streams s WHERE s.name = p.application)
UNION ALL
SELECT 'readings' AS origin, d.reading_id AS named, d.stream FROM readings d
WHERE NOT EXISTS (SELECT 1 FROM streams s WHERE s.name = d.stream)
ORDER BY 1, 2;
