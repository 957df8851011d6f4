-- mark_epoch --
-- Notes that an epoch began, even where there was no channel yet.
INSERT INTO epochs (epoch, channel, position) VALUES (:epoch, '', 0);

-- begin_epoch --
-- Notes where every channel ended when an epoch began.
INSERT INTO epochs (epoch, channel, position) SELECT CAST(:epoch AS {bigint}), name, position FROM channels;

-- list_epochs --
-- Where these channels ended when the epochs after this one began; the empty channel stands for each epoch.
SELECT epoch, channel, position FROM epochs
WHERE epoch > :after AND channel IN (SELECT value FROM json_each(:channels)) ORDER BY epoch, channel;

-- list_epochs [postgres] --
SELECT epoch, channel, position FROM epochs
WHERE epoch > :after AND channel = ANY (SELECT jsonb_array_elements_text(CAST(:channels AS jsonb)))
ORDER BY epoch, channel;

-- put_report --
-- A node has said all that it holds.
INSERT INTO reports (node, epoch, report_time) VALUES (:node, :epoch, :report_time)
ON CONFLICT (node) DO UPDATE SET epoch = excluded.epoch, report_time = excluded.report_time;

-- list_reports --
-- Who has said all that it holds in this epoch.
SELECT node FROM reports WHERE epoch = :epoch ORDER BY node LIMIT 100000;

-- put_aside --
-- Keeps a receipted event that came back until it can be placed.
INSERT INTO returned (stream, version, digest, event_id, admit_time, batch_id, leaf_index, signed, receipt, content, node,
    standing, author, incarnation, sequence)
VALUES (:stream, :version, :digest, :event_id, :admit_time, :batch_id, :leaf_index, :signed, :receipt, :content, :node,
    0, :author, :incarnation, :sequence)
ON CONFLICT (stream, version, digest) DO UPDATE SET standing = 0;

-- list_returned --
-- What came back and is not placed yet, in the order of the times at which it was first admitted.
SELECT stream, version, digest, event_id, admit_time, batch_id, leaf_index, signed, receipt, content FROM returned
WHERE (admit_time, batch_id, leaf_index) > (:admit_time, :batch_id, :leaf_index)
ORDER BY admit_time, batch_id, leaf_index LIMIT :size;

-- list_returned_of --
-- What came back of one stream.
SELECT version, digest FROM returned WHERE stream = :stream ORDER BY version LIMIT 10000;

-- list_returned_nodes --
-- Registrations and new keys that came back.
SELECT content FROM returned WHERE stream > 'nodes/' AND stream < 'nodes0' ORDER BY stream, version LIMIT 100000;

-- drop_returned --
-- It is placed.
DELETE FROM returned WHERE stream = :stream AND version = :version AND digest = :digest;

-- find_returned --
-- An event that came back and may still be placed.
SELECT 1 AS found FROM returned WHERE stream = :stream AND version = :version AND digest = :digest AND standing = 0;

-- find_earlier --
-- Something that an author made before one of its events, and that may still be placed.
SELECT 1 AS found FROM returned
WHERE author = :author AND standing = 0 AND (incarnation, sequence) < (:incarnation, :sequence) LIMIT 1;

-- mark_fork --
-- It cannot be placed: the gateway has another event there, or none before it.
UPDATE returned SET standing = 1 WHERE stream = :stream AND version = :version AND digest = :digest AND standing = 0;

-- mark_forks --
-- What could not be placed contradicts what the gateway has, or lacks something before it.
UPDATE returned SET standing = 1 WHERE standing = 0;

-- list_forks --
-- Receipted events that could not be placed, for the operator.
SELECT stream, min(version) AS version, count(*) AS events, min(node) AS node FROM returned WHERE standing = 1
GROUP BY stream ORDER BY stream LIMIT 1000;

-- put_recalled --
-- Remembers how far an author had come, as its events that came back show; its sequences may have gaps below.
INSERT INTO recalled (author, incarnation, sequence) VALUES (:author, :incarnation, :sequence)
ON CONFLICT (author, incarnation) DO UPDATE SET sequence = excluded.sequence
WHERE recalled.sequence < excluded.sequence;

-- read_recalled --
-- How far an author's incarnations had come.
SELECT incarnation, sequence FROM recalled WHERE author = :author ORDER BY incarnation;

-- keep_admission --
-- Stores the signed header of a batch of which events come back, perhaps one after the other.
INSERT INTO admissions (batch_id, signed, admit_time, size) VALUES (:batch_id, :signed, :admit_time, :size)
ON CONFLICT (batch_id) DO NOTHING;
