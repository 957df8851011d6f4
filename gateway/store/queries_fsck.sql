-- fsck_settings --
-- All settings.
SELECT key, value FROM settings ORDER BY key;

-- fsck_admissions --
-- All batches, by id.
SELECT batch_id, signed, admit_time, size FROM admissions ORDER BY batch_id;

-- fsck_node_events --
-- What nodes have said of themselves, in stream order, for the directory's history.
SELECT stream, version, envelope, batch_id FROM events
WHERE stream >= 'nodes/' AND stream < 'nodes0' ORDER BY stream, version;

-- fsck_events --
-- The journal of a range of streams, in stream order, with what is sealed beside it.
SELECT e.stream, e.version, e.event_id, e.digest, e.author, e.envelope, e.batch_id, e.receipt,
    s.content AS sealed, s.stream AS sealed_stream
FROM events e LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.stream >= :first AND e.stream < :until ORDER BY e.stream, e.version;

-- fsck_streams --
-- The stored states of a range of streams.
SELECT name AS stream, version, head, state FROM streams
WHERE name >= :first AND name < :until ORDER BY name;

-- fsck_entries --
-- Where a range of streams lies in channels, each channel in its order.
SELECT stream, channel, position, version FROM entries
WHERE stream >= :first AND stream < :until ORDER BY stream, channel, position;

-- fsck_batch_sizes --
-- Batches that do not have as many events as they say.
SELECT a.batch_id, a.size, count(e.event_id) AS found FROM admissions a
LEFT JOIN events e ON e.batch_id = a.batch_id
GROUP BY a.batch_id, a.size HAVING count(e.event_id) <> a.size ORDER BY a.batch_id;

-- fsck_orphans --
-- What is sealed beside no event.
SELECT s.event_id, s.stream FROM sealed s
WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.event_id = s.event_id) ORDER BY s.event_id;

-- fsck_channels --
-- Each channel's head, and what lies in it.
SELECT n.name, c.position, n.entries, n.lowest, n.highest FROM
    (SELECT channel AS name, count(*) AS entries, min(position) AS lowest, max(position) AS highest
     FROM entries GROUP BY channel) n
LEFT JOIN channels c ON c.name = n.name
UNION ALL
SELECT c.name, c.position, 0 AS entries, 1 AS lowest, 0 AS highest FROM channels c
WHERE NOT EXISTS (SELECT 1 FROM entries n WHERE n.channel = c.name)
ORDER BY 1;

-- fsck_gap --
-- The first position that a channel skips.
SELECT min(position) + 1 AS position FROM entries n WHERE n.channel = :channel
AND NOT EXISTS (SELECT 1 FROM entries f WHERE f.channel = n.channel AND f.position = n.position + 1);

-- fsck_cursors --
-- What nodes have acknowledged, beside the channel's head.
SELECT u.node, u.channel, u.position, c.position AS head FROM cursors u
LEFT JOIN channels c ON c.name = CASE WHEN u.channel = 'mailbox' THEN u.node ELSE u.channel END
ORDER BY u.node, u.channel;

-- fsck_authors --
-- What each author's incarnations have used up, as admission or events that were brought back say.
SELECT author, incarnation, max(sequence) AS sequence FROM (
    SELECT author, incarnation, sequence FROM authors
    UNION ALL SELECT author, incarnation, sequence FROM recalled
) AS used GROUP BY author, incarnation ORDER BY author, incarnation;

-- fsck_rejections --
-- All refusals, and whether the same event was admitted too.
SELECT r.event_id, r.digest, r.author, r.rejection, e.stream AS admitted, e.version
FROM rejections r LEFT JOIN events e ON e.event_id = r.event_id ORDER BY r.event_id;

-- fsck_invitations --
-- All invitations, and the registrations that used them.
SELECT i.secret_digest, i.node, i.create_time, i.expire_time, i.use_time, i.registration_digest, i.response,
    e.digest, e.receipt
FROM invitations i LEFT JOIN events e ON e.stream = i.node AND e.version = 1 ORDER BY i.secret_digest;

-- fsck_leaves --
-- Batches in the log's order.
SELECT leaf_index, batch_id, signed FROM admissions WHERE leaf_index IS NOT NULL ORDER BY leaf_index;

-- fsck_log_nodes --
-- Whole nodes that a log of this size cannot have.
SELECT level, place FROM log_nodes
WHERE level > 62 OR level < 0 OR place < 0 OR place >= (:size >> level) ORDER BY level, place;

-- fsck_log_nodes [postgres] --
SELECT level, place FROM log_nodes
WHERE level > 62 OR level < 0 OR place < 0 OR place >= (CAST(:size AS bigint) >> CAST(level AS integer))
ORDER BY level, place;

-- fsck_checkpoints --
-- Signed checkpoints, by size.
SELECT epoch, size, note FROM log_checkpoints ORDER BY size, epoch;

-- fsck_epochs --
-- Where channels ended when epochs began, beside their heads.
SELECT p.epoch, p.channel, p.position, c.position AS head FROM epochs p
LEFT JOIN channels c ON c.name = p.channel ORDER BY p.epoch, p.channel;
