-- gateway_events --
-- The gateway's journal with what is sealed beside it, in stream order.
SELECT e.stream, e.version, e.event_id, e.digest, e.author, e.envelope, e.batch_id, e.receipt, s.content
FROM events e LEFT JOIN sealed s ON s.event_id = e.event_id ORDER BY e.stream, e.version LIMIT 10000000;

-- gateway_streams --
-- Heads and states as the gateway stored them.
SELECT name, version, head, state FROM streams ORDER BY name LIMIT 10000000;

-- gateway_admissions --
-- Signed headers of all batches.
SELECT batch_id, signed, size FROM admissions ORDER BY batch_id LIMIT 10000000;

-- gateway_order [sqlite] --
-- All batches in the order in which they were committed; clocks that were set back in between do not change it.
SELECT batch_id FROM admissions ORDER BY rowid LIMIT 10000000;

-- gateway_order [postgres] --
-- All batches in the order in which they were committed, as far as their times tell.
SELECT batch_id FROM admissions ORDER BY admit_time, batch_id LIMIT 10000000;

-- gateway_rejections --
-- Every refusal.
SELECT event_id, digest, author FROM rejections ORDER BY event_id LIMIT 10000000;

-- gateway_channels --
-- Heads of all channels.
SELECT name, position FROM channels ORDER BY name LIMIT 10000000;

-- gateway_epochs --
-- The epochs that began by a restored backup.
SELECT epoch FROM epochs WHERE channel = '' ORDER BY epoch LIMIT 10000000;

-- gateway_entries --
-- All channels, in order.
SELECT channel, position, stream, version FROM entries ORDER BY channel, position LIMIT 10000000;

-- node_events --
-- A node's journal.
SELECT event_id, stream, version, sequence, author, digest, standing, envelope, receipt FROM events
ORDER BY stream, version, event_id LIMIT 10000000;

-- node_streams --
-- Streams as a node stored them.
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked FROM streams
ORDER BY name LIMIT 10000000;

-- node_admissions --
-- Signed headers of the batches that a node has receipts of.
SELECT batch_id, signed FROM admissions ORDER BY batch_id LIMIT 10000000;

-- node_cursors --
-- How far a node has stored each channel.
SELECT channel, position FROM cursors ORDER BY channel LIMIT 1000;

-- node_custody --
-- Every original's holders, oldest first.
SELECT original, custody FROM custody ORDER BY original, place LIMIT 10000000;

-- node_tasks --
-- What a person has to mend, or has mended.
SELECT event_id, owner, create_time, done_time FROM tasks ORDER BY task_id LIMIT 10000000;

-- node_cases --
-- What is wrong with parcels and open.
SELECT parcel, code, subject, owner, deadline FROM cases ORDER BY parcel, code, subject;

-- node_settings --
-- A node's settings.
SELECT key, value FROM settings ORDER BY key LIMIT 1000;

-- node_early_intakes --
-- Intake scans that wait for their parcel.
SELECT parcel FROM early_intakes ORDER BY parcel LIMIT 1000000;

-- node_roles --
-- Under which roles a node lists each stream, and in which phase.
SELECT r.stream, r.role, r.node, s.phase FROM roles r JOIN streams s ON s.name = r.stream
ORDER BY r.stream, r.role, r.node LIMIT 10000000;

-- gateway_leaves --
-- Which leaf of the log each batch is.
SELECT batch_id, leaf_index FROM admissions WHERE leaf_index IS NOT NULL ORDER BY leaf_index LIMIT 10000000;

-- gateway_log_nodes --
-- The whole nodes of the log's tree.
SELECT level, place, hash FROM log_nodes ORDER BY level, place LIMIT 10000000;

-- gateway_checkpoints --
-- Signed checkpoints.
SELECT epoch, size, note FROM log_checkpoints ORDER BY epoch, size LIMIT 1000000;
