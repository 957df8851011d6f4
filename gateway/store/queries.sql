-- get_setting --
-- One setting's value.
SELECT value FROM settings WHERE key = :key;

-- put_setting --
-- Sets a setting.
INSERT INTO settings (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- drop_setting --
-- Takes a setting away.
DELETE FROM settings WHERE key = :key;

-- find_events --
-- Which of these event ids were admitted, with their receipts.
SELECT e.event_id, e.digest, e.receipt, a.signed
FROM events e JOIN admissions a ON a.batch_id = e.batch_id
WHERE e.event_id IN (SELECT value FROM json_each(:ids));

-- find_events [postgres] --
SELECT e.event_id, e.digest, e.receipt, a.signed
FROM events e JOIN admissions a ON a.batch_id = e.batch_id
WHERE e.event_id = ANY (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)));

-- find_rejections --
-- Which of these event ids were refused.
SELECT event_id, digest, rejection FROM rejections WHERE event_id IN (SELECT value FROM json_each(:ids));

-- find_rejections [postgres] --
SELECT event_id, digest, rejection FROM rejections
WHERE event_id = ANY (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)));

-- find_rejected_digest --
-- The refused event whose bytes have this digest, if any.
SELECT event_id FROM rejections WHERE digest = :digest LIMIT 1;

-- lock_streams --
-- Heads of these streams, locked in name order until commit.
SELECT name, version, head FROM streams WHERE name IN (SELECT value FROM json_each(:names)) ORDER BY name;

-- lock_streams [postgres] --
SELECT name, version, head FROM streams
WHERE name = ANY (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))) ORDER BY name FOR UPDATE;

-- get_state --
-- A stream's folded state.
SELECT name, version, head, state FROM streams WHERE name = :name;

-- list_streams --
-- States of a collection, by name, in pages.
SELECT name, version, head, state FROM streams WHERE name > :after AND name < :until ORDER BY name LIMIT :size;

-- open_stream --
-- Claims a new stream's row, so that two replicas cannot open it at once.
INSERT INTO streams (name, version, head, state, update_time) VALUES (:name, 0, :empty, :empty, 0)
ON CONFLICT (name) DO NOTHING;

-- put_stream --
-- Writes a stream's new head and state.
INSERT INTO streams (name, version, head, state, update_time)
VALUES (:name, :version, :head, :state, :update_time)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, head = excluded.head, state = excluded.state,
    update_time = excluded.update_time;

-- put_state --
-- Replaces the state of a stream that is at this version.
UPDATE streams SET state = :state WHERE name = :name AND version = :version;

-- list_envelopes --
-- A stream's events in order, after a place.
SELECT version, envelope FROM events WHERE stream = :stream AND version > :after ORDER BY version LIMIT 500;

-- drop_unopened --
-- Takes back a claimed row whose opening was refused.
DELETE FROM streams WHERE name = :name AND version = 0;

-- get_digest --
-- The digest of the event at a place.
SELECT digest FROM events WHERE stream = :stream AND version = :version;

-- insert_event --
-- Appends an admitted event to the journal.
INSERT INTO events (stream, version, event_id, digest, author, envelope, batch_id, receipt)
VALUES (:stream, :version, :event_id, :digest, :author, :envelope, :batch_id, :receipt);

-- insert_sealed --
-- Stores the ciphertext beside an event.
INSERT INTO sealed (event_id, stream, content) VALUES (:event_id, :stream, :content);

-- insert_admission --
-- Stores the signed header of a batch.
INSERT INTO admissions (batch_id, signed, admit_time, size) VALUES (:batch_id, :signed, :admit_time, :size);

-- get_admission --
-- A batch's signed header.
SELECT signed, admit_time FROM admissions WHERE batch_id = :batch_id;

-- insert_rejection --
-- Remembers a refusal.
INSERT INTO rejections (event_id, digest, author, rejection, reject_time)
VALUES (:event_id, :digest, :author, :rejection, :reject_time) ON CONFLICT (event_id) DO NOTHING;

-- prune_rejections --
-- Forgets an author's refusals beyond the newest ones, and those that are very old.
DELETE FROM rejections WHERE author = :author AND (reject_time < :oldest OR reject_time < (
    SELECT reject_time FROM rejections WHERE author = :author ORDER BY reject_time DESC LIMIT 1 OFFSET :keep));

-- put_fault --
-- Notes an event that tripped a fault of ours, or that it did so again.
INSERT INTO faults (event_id, author, stream, incident, problem, fault_time, times)
VALUES (:event_id, :author, :stream, :incident, :problem, :fault_time, 1)
ON CONFLICT (event_id) DO UPDATE SET incident = excluded.incident, problem = excluded.problem,
    fault_time = excluded.fault_time, times = faults.times + 1;

-- prune_faults --
-- Forgets all but the newest.
DELETE FROM faults WHERE fault_time < (SELECT fault_time FROM faults ORDER BY fault_time DESC LIMIT 1 OFFSET :keep);

-- list_faults --
-- What the operator should look into, the newest first.
SELECT event_id, author, stream, incident, problem, fault_time, times FROM faults
ORDER BY fault_time DESC, event_id LIMIT :size;

-- put_ballast --
-- Takes up space for a moment, to see whether there is any.
INSERT INTO settings (key, value) VALUES ('ballast', :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- drop_ballast --
-- Gives it back.
DELETE FROM settings WHERE key = 'ballast';

-- list_authors --
-- What the incarnations of these authors have used up.
SELECT author, incarnation, sequence FROM authors WHERE author IN (SELECT value FROM json_each(:authors));

-- list_authors [postgres] --
SELECT author, incarnation, sequence FROM authors
WHERE author = ANY (SELECT jsonb_array_elements_text(CAST(:authors AS jsonb))) ORDER BY author, incarnation FOR UPDATE;

-- read_authors --
-- What one author's incarnations have used up.
SELECT incarnation, sequence FROM authors WHERE author = :author ORDER BY incarnation;

-- put_author --
-- Raises an incarnation's last sequence.
INSERT INTO authors (author, incarnation, sequence) VALUES (:author, :incarnation, :sequence)
ON CONFLICT (author, incarnation) DO UPDATE SET sequence = excluded.sequence
WHERE authors.sequence < excluded.sequence;

-- open_channel --
-- Makes sure that a channel exists.
INSERT INTO channels (name, position) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING;

-- lock_channels --
-- Heads of these channels, locked in name order until commit.
SELECT name, position FROM channels WHERE name IN (SELECT value FROM json_each(:names)) ORDER BY name;

-- lock_channels [postgres] --
SELECT name, position FROM channels
WHERE name = ANY (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))) ORDER BY name FOR UPDATE;

-- share_channels --
-- Heads of these channels, which nobody may move until commit.
SELECT name, position FROM channels WHERE name IN (SELECT value FROM json_each(:names)) ORDER BY name;

-- share_channels [postgres] --
SELECT name, position FROM channels
WHERE name = ANY (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))) ORDER BY name FOR SHARE;

-- read_channels --
-- Heads of these channels, without locking them.
SELECT name, position FROM channels WHERE name IN (SELECT value FROM json_each(:names)) ORDER BY name;

-- read_channels [postgres] --
SELECT name, position FROM channels
WHERE name = ANY (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))) ORDER BY name;

-- list_channels --
-- Heads of all channels.
SELECT name, position FROM channels ORDER BY name LIMIT 100000;

-- move_channel --
-- Moves a channel's head.
UPDATE channels SET position = :position WHERE name = :name;

-- insert_entry --
-- Puts an event into a channel.
INSERT INTO entries (channel, position, stream, version) VALUES (:channel, :position, :stream, :version);

-- read_channel --
-- A page of a channel, events and receipts, in order.
SELECT n.position, e.event_id, e.author, e.envelope, e.receipt, e.batch_id, s.content
FROM entries n
JOIN events e ON e.stream = n.stream AND e.version = n.version
LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE n.channel = :channel AND n.position > :after
ORDER BY n.position LIMIT :size;

-- find_admissions --
-- Signed headers of these batches.
SELECT batch_id, signed FROM admissions WHERE batch_id IN (SELECT value FROM json_each(:ids));

-- find_admissions [postgres] --
SELECT batch_id, signed FROM admissions
WHERE batch_id = ANY (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)));

-- read_feed_streams --
-- Which streams a feed has touched after a position.
SELECT DISTINCT stream FROM entries WHERE channel = :channel AND position > :after ORDER BY stream LIMIT 100000;

-- put_cursor --
-- Records what a node says that it has stored; never backwards.
INSERT INTO cursors (node, channel, position, update_time) VALUES (:node, :channel, :position, :update_time)
ON CONFLICT (node, channel) DO UPDATE SET position = excluded.position, update_time = excluded.update_time
WHERE cursors.position < excluded.position;

-- list_cursors --
-- All cursors, for the operator's page.
SELECT node, channel, position, update_time FROM cursors ORDER BY node, channel LIMIT 100000;

-- find_cursors --
-- Cursors of these nodes.
SELECT node, channel, position, update_time FROM cursors WHERE node IN (SELECT value FROM json_each(:nodes));

-- find_cursors [postgres] --
SELECT node, channel, position, update_time FROM cursors
WHERE node = ANY (SELECT jsonb_array_elements_text(CAST(:nodes AS jsonb)));

-- insert_invitation --
-- Stores a one-time invitation by the digest of its secret.
INSERT INTO invitations (secret_digest, node, region, create_time, expire_time)
VALUES (:secret_digest, :node, :region, :create_time, :expire_time);

-- get_invitation --
-- An invitation, by the digest of its secret.
SELECT node, region, create_time, expire_time, use_time, registration_digest, response FROM invitations
WHERE secret_digest = :secret_digest;

-- use_invitation --
-- Marks an invitation as used; zero rows means that somebody else used it.
UPDATE invitations SET use_time = :use_time, registration_digest = :registration_digest, response = :response
WHERE secret_digest = :secret_digest AND (use_time IS NULL OR registration_digest = :registration_digest);

-- get_renewal --
-- The last renewal of a node's certificate.
SELECT challenge_time, renew_time FROM renewals WHERE node = :node;

-- use_challenge --
-- Uses a challenge up; zero rows means that it, or a later one, was used before, or that the last renewal is too near.
INSERT INTO renewals (node, challenge_time, renew_time) VALUES (:node, :challenge_time, :renew_time)
ON CONFLICT (node) DO UPDATE SET challenge_time = excluded.challenge_time, renew_time = excluded.renew_time
WHERE (renewals.challenge_time < excluded.challenge_time OR renewals.challenge_time > :future)
    AND (renewals.renew_time <= :before OR renewals.renew_time > :future);

-- count_journal --
-- How many events, batches and refusals there are, for the operator's page.
SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM admissions) AS admissions,
    (SELECT count(*) FROM rejections) AS rejections, (SELECT count(*) FROM streams) AS streams;

-- list_events --
-- The journal in stream order, for checking it whole.
SELECT stream, version, event_id, digest FROM events ORDER BY stream, version LIMIT :size;

-- get_log_size --
-- How many leaves the log has.
SELECT leaf_index + 1 AS size FROM admissions WHERE leaf_index IS NOT NULL ORDER BY leaf_index DESC LIMIT 1;

-- list_unsealed --
-- Batches without a leaf, by their time.
SELECT batch_id, signed FROM admissions WHERE leaf_index IS NULL ORDER BY admit_time, batch_id LIMIT :size;

-- seal_admission --
-- Gives a batch its leaf.
UPDATE admissions SET leaf_index = :leaf_index WHERE batch_id = :batch_id AND leaf_index IS NULL;

-- get_leaf --
-- A batch's leaf.
SELECT signed, leaf_index FROM admissions WHERE batch_id = :batch_id;

-- list_leaves --
-- Batches in the log's order, for checking it whole.
SELECT batch_id, signed, leaf_index FROM admissions WHERE leaf_index > :after ORDER BY leaf_index LIMIT :size;

-- oldest_after --
-- When the oldest batch was admitted that is behind a log of this size, in it or not yet.
SELECT min(admit_time) AS admit_time FROM (
    SELECT admit_time FROM admissions WHERE leaf_index = :size
    UNION ALL
    SELECT admit_time FROM (
        SELECT admit_time FROM admissions WHERE leaf_index IS NULL ORDER BY admit_time, batch_id LIMIT 1
    ) AS unsealed
) AS behind;

-- insert_log_node --
-- Stores a whole node of the tree.
INSERT INTO log_nodes (level, place, hash) VALUES (:level, :place, :hash);

-- read_log_nodes --
-- Whole nodes of one level.
SELECT place, hash FROM log_nodes WHERE level = :level AND place IN (SELECT value FROM json_each(:places));

-- read_log_nodes [postgres] --
SELECT place, hash FROM log_nodes WHERE level = :level
AND place = ANY (SELECT CAST(jsonb_array_elements_text(CAST(:places AS jsonb)) AS bigint));

-- insert_checkpoint --
-- Keeps a signed checkpoint.
INSERT INTO log_checkpoints (epoch, size, note, sign_time) VALUES (:epoch, :size, :note, :sign_time)
ON CONFLICT (epoch, size) DO NOTHING;

-- get_checkpoint --
-- The newest checkpoint.
SELECT epoch, size, note, sign_time FROM log_checkpoints ORDER BY epoch DESC, size DESC LIMIT 1;

-- list_checkpoints --
-- Checkpoints of an epoch by size, for checking the log whole.
SELECT epoch, size, note, sign_time FROM log_checkpoints WHERE epoch = :epoch AND size > :after
ORDER BY size LIMIT :limit;

-- get_lease --
-- Who holds a lease.
SELECT holder, fence, beats FROM leases WHERE name = :name;

-- lock_lease --
-- Locks a lease's row if it is as it was seen, without waiting for it.
SELECT fence FROM leases WHERE name = :name AND holder = :holder AND fence = :fence;

-- lock_lease [postgres] --
SELECT fence FROM leases WHERE name = :name AND holder = :holder AND fence = :fence FOR UPDATE SKIP LOCKED;

-- claim_lease --
-- Takes a lease that has stood still; zero rows means that it has not.
UPDATE leases SET holder = :me, fence = fence + 1, beats = 0
WHERE name = :name AND fence = :fence AND beats = :beats;

-- renew_lease --
-- Shows that the holder lives; zero rows means that somebody else holds it.
UPDATE leases SET beats = beats + 1 WHERE name = :name AND holder = :holder AND fence = :fence;

-- release_lease --
-- Gives a lease up; the fence stays.
UPDATE leases SET holder = '' WHERE name = :name AND holder = :holder AND fence = :fence;
