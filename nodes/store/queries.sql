-- list_settings --
-- All settings.
SELECT key, value FROM settings ORDER BY key LIMIT 1000;

-- put_setting --
-- Sets a setting.
INSERT INTO settings (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- drop_setting --
-- Takes a setting away.
DELETE FROM settings WHERE key = :key;

-- newest_admission --
-- The signed header of the batch that was admitted last, by its id, which begins with its time.
SELECT signed FROM admissions ORDER BY batch_id DESC LIMIT 1;

-- get_streams --
-- These streams, confirmed and predicted.
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked, create_time
FROM streams WHERE name IN (SELECT value FROM json_each(:names)) ORDER BY name;

-- get_streams [postgres] --
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked, create_time
FROM streams WHERE name = ANY (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))) ORDER BY name FOR UPDATE;

-- get_stream --
-- One stream, confirmed and predicted.
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked, create_time
FROM streams WHERE name = :name;

-- get_stream [postgres] --
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked, create_time
FROM streams WHERE name = :name FOR UPDATE;

-- read_stream --
-- One stream, without locking it.
SELECT name, version, head, state, predicted_version, predicted_head, predicted, parked
FROM streams WHERE name = :name;

-- put_stream --
-- Writes a stream's state.
INSERT INTO streams (name, collection, version, head, state, predicted_version, predicted_head, predicted, phase,
    parked, create_time, update_time)
VALUES (:name, :collection, :version, :head, :state, :predicted_version, :predicted_head, :predicted, :phase,
    :parked, :create_time, :update_time)
ON CONFLICT (name) DO UPDATE SET collection = excluded.collection, version = excluded.version, head = excluded.head,
    state = excluded.state, predicted_version = excluded.predicted_version, predicted_head = excluded.predicted_head,
    predicted = excluded.predicted, phase = excluded.phase, parked = excluded.parked,
    update_time = excluded.update_time;

-- put_role --
-- Notes a role in a stream.
INSERT INTO roles (stream, role, node) VALUES (:stream, :role, :node) ON CONFLICT (stream, role, node) DO NOTHING;

-- list_collection --
-- Streams of a collection by name, in pages, for building the index.
SELECT name, state FROM streams WHERE name > :after AND name < :until AND version > 0 ORDER BY name LIMIT :size;

-- list_newest --
-- Predicted states of a collection, newest first, optionally only some phases and one role of one node. What was refused
-- altogether has none.
SELECT s.name, s.predicted, s.create_time FROM streams s
WHERE s.collection = :collection AND (s.create_time < :before OR (s.create_time = :before AND s.name < :before_name))
  AND length(s.predicted) > 0
  AND (:phases = '' OR instr(:phases, ',' || s.phase || ',') > 0)
  AND (:role = 0 OR EXISTS (SELECT 1 FROM roles r WHERE r.stream = s.name AND r.role = :role AND r.node = :node))
ORDER BY s.create_time DESC, s.name DESC LIMIT :size;

-- list_newest [postgres] --
SELECT s.name, s.predicted, s.create_time FROM streams s
WHERE s.collection = :collection AND (s.create_time < :before OR (s.create_time = :before AND s.name < :before_name))
  AND length(s.predicted) > 0
  AND (:phases = '' OR strpos(:phases, ',' || s.phase || ',') > 0)
  AND (CAST(:role AS bigint) = 0
       OR EXISTS (SELECT 1 FROM roles r WHERE r.stream = s.name AND r.role = :role AND r.node = :node))
ORDER BY s.create_time DESC, s.name DESC LIMIT :size;

-- list_trials --
-- Trial applications that came or were filed since a time, newest first, a page that begins after one of them.
SELECT name, version, predicted, create_time FROM streams
WHERE collection = 'trials' AND create_time > :since AND parked = ''
  AND (create_time < :before OR (create_time = :before AND name < :before_name))
ORDER BY create_time DESC, name DESC LIMIT :size;

-- count_phases --
-- How many streams of a collection are in each phase.
SELECT phase, count(*) AS streams FROM streams WHERE collection = :collection GROUP BY phase ORDER BY phase;

-- insert_event --
-- Appends an event to the journal.
INSERT INTO events (event_id, stream, version, sequence, author, digest, standing, claim_time, envelope, receipt)
VALUES (:event_id, :stream, :version, :sequence, :author, :digest, :standing, :claim_time, :envelope, :receipt);

-- confirm_event --
-- Gives an own event its place and receipt.
UPDATE events SET version = :version, receipt = :receipt, standing = :standing WHERE event_id = :event_id;

-- refuse_event --
-- Marks an own event as refused.
UPDATE events SET standing = 2, rejection = :rejection WHERE event_id = :event_id AND standing = 0;

-- get_event_stream --
-- Which stream an event belongs to.
SELECT stream, version, standing FROM events WHERE event_id = :event_id;

-- count_unreceipted --
-- How many of a stream's events have no receipt, or were not folded; what was refused does not count.
SELECT count(*) AS events FROM events WHERE stream = :stream AND standing <> 2 AND (receipt IS NULL OR standing <> 1);

-- get_digest --
-- The digest of the event at a place.
SELECT digest FROM events WHERE stream = :stream AND version = :version;

-- find_events --
-- Which of these events the journal has.
SELECT event_id, stream, version, digest, standing, envelope FROM events
WHERE event_id IN (SELECT value FROM json_each(:ids));

-- find_events [postgres] --
SELECT event_id, stream, version, digest, standing, envelope FROM events
WHERE event_id = ANY (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)));

-- list_waiting --
-- Own events that wait for their answer, in order.
SELECT e.event_id, e.stream, e.sequence, e.digest, e.envelope, s.content FROM events e
LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.standing = 0 AND e.sequence > :after ORDER BY e.sequence LIMIT :size;

-- list_waiting_of --
-- Own events of one stream that wait for their answer, in order. (They have no version yet: by the stream, not by standing.)
SELECT event_id, digest, envelope FROM events
WHERE stream = :stream AND version IS NULL AND +standing = 0 ORDER BY sequence LIMIT 1000;

-- count_waiting --
-- How many own events wait for their answer.
SELECT count(*) AS events FROM events WHERE standing = 0;

-- oldest_waiting --
-- How many own events wait for their answer, and since when the first does.
SELECT count(*) AS events, min(claim_time) AS claim_time FROM events WHERE standing = 0;

-- list_parked --
-- Receipted events that wait to be folded, in stream order, with what is sealed beside them.
SELECT e.event_id, e.stream, e.version, e.digest, e.envelope, e.receipt, s.content FROM events e
LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.stream = :stream AND e.standing = 3 ORDER BY e.version LIMIT 1000;

-- first_parked --
-- The first event of a stream that could not be folded, and how far the stream is.
SELECT e.version, e.envelope, s.content, t.version AS reached FROM events e
JOIN streams t ON t.name = e.stream LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.stream = :stream AND e.standing = 3 ORDER BY e.version LIMIT 1;

-- get_refusal --
-- A refused event of this node and what the gateway said of it.
SELECT envelope, rejection FROM events WHERE event_id = :event_id;

-- list_refused --
-- Refused events of this node between two sequences, in order: a group lies together.
SELECT envelope, rejection FROM events WHERE standing = 2 AND sequence >= :first AND sequence <= :last ORDER BY sequence;

-- list_refusals --
-- Own refused events of a stream, with the task that each became, in the order they were made.
SELECT e.envelope, e.rejection, t.task_id, t.done_time FROM events e
LEFT JOIN tasks t ON t.task_id = e.event_id
WHERE e.stream = :stream AND e.standing = 2 ORDER BY e.sequence LIMIT 1000;

-- get_sealed --
-- What was sealed beside an event.
SELECT content FROM sealed WHERE event_id = :event_id;

-- get_author --
-- Who wrote the event at a place.
SELECT author FROM events WHERE stream = :stream AND version = :version;

-- list_parked_streams --
-- Streams that are parked, with the reason.
SELECT name, parked FROM streams WHERE parked <> '' ORDER BY name LIMIT 1000;

-- fold_parked --
-- Marks a parked event as folded.
UPDATE events SET standing = 1 WHERE event_id = :event_id AND standing = 3;

-- list_history --
-- A stream's events in order, own waiting and refused ones last.
SELECT event_id, version, author, standing, claim_time, envelope, rejection FROM events
WHERE stream = :stream ORDER BY CASE WHEN version IS NULL THEN 1 ELSE 0 END, version, sequence LIMIT 1000;

-- list_folded --
-- A stream's folded events in order, after a place.
SELECT event_id, version, envelope FROM events
WHERE stream = :stream AND version > :after AND standing = 1 ORDER BY version LIMIT 500;

-- insert_sealed --
-- Stores the ciphertext beside an event.
INSERT INTO sealed (event_id, stream, content) VALUES (:event_id, :stream, :content) ON CONFLICT (event_id) DO NOTHING;

-- list_sealed --
-- All ciphertext of a stream, in stream order.
SELECT e.event_id, e.envelope, s.content FROM sealed s JOIN events e ON e.event_id = s.event_id
WHERE s.stream = :stream AND e.standing <> 2
ORDER BY CASE WHEN e.version IS NULL THEN 1 ELSE 0 END, e.version, e.sequence LIMIT 1000;

-- get_admission --
-- A batch of the gateway, as it was proven when it came.
SELECT signed FROM admissions WHERE batch_id = :batch_id;

-- get_opening_receipt --
-- The receipt of the event that opened a stream.
SELECT receipt FROM events WHERE stream = :stream AND version = 1;

-- insert_admission --
-- Stores the signed header of a batch.
INSERT INTO admissions (batch_id, signed) VALUES (:batch_id, :signed) ON CONFLICT (batch_id) DO NOTHING;

-- put_grant --
-- Stores our grant to a content key.
INSERT INTO grants (stream, audience, ciphertext) VALUES (:stream, :audience, :ciphertext)
ON CONFLICT (stream, audience) DO NOTHING;

-- drop_grant --
-- Takes back a grant of a key that never left here.
DELETE FROM grants WHERE stream = :stream AND audience = :audience;

-- list_grants --
-- Our grants in a stream.
SELECT audience, ciphertext FROM grants WHERE stream = :stream ORDER BY audience;

-- list_cursors --
-- How far each channel was stored.
SELECT channel, position FROM cursors ORDER BY channel;

-- put_cursor --
-- Moves a channel's cursor.
INSERT INTO cursors (channel, position) VALUES (:channel, :position)
ON CONFLICT (channel) DO UPDATE SET position = excluded.position;

-- append_custody --
-- Adds a holder to an original's chain.
INSERT INTO custody (original, place, custody)
VALUES (:original, (SELECT COALESCE(max(c.place), 0) + 1 FROM custody c WHERE c.original = :original), :custody);

-- list_custody --
-- An original's holders, oldest first.
SELECT custody FROM custody WHERE original = :original ORDER BY place LIMIT 10000;

-- get_holder --
-- An original's present holder.
SELECT custody FROM custody WHERE original = :original ORDER BY place DESC LIMIT 1;

-- list_custody_of --
-- The present holders of all originals of an application.
SELECT c.original, c.custody FROM custody c
WHERE c.original > :after AND c.original < :until
  AND c.place = (SELECT max(d.place) FROM custody d WHERE d.original = c.original)
ORDER BY c.original LIMIT 1000;

-- get_request --
-- What a request id made.
SELECT method, name FROM requests WHERE request_id = :request_id;

-- insert_request --
-- Remembers what a request id made.
INSERT INTO requests (request_id, method, name) VALUES (:request_id, :method, :name);

-- rename_made --
-- What made this name has made another one.
UPDATE requests SET name = :new WHERE name = :old;

-- next_counter --
-- Raises a counter.
INSERT INTO counters (name, value) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1;

-- get_counter --
-- A counter's value.
SELECT value FROM counters WHERE name = :name;

-- insert_task --
-- Gives a person something to mend.
INSERT INTO tasks (task_id, stream, event_id, reason, message_zh, message_en, owner, create_time)
VALUES (:task_id, :stream, :event_id, :reason, :message_zh, :message_en, :owner, :create_time)
ON CONFLICT (task_id) DO NOTHING;

-- list_tasks --
-- What is to be mended, oldest first, steps that were refused together in the order they were made.
SELECT task_id, stream, event_id, reason, message_zh, message_en, owner, create_time FROM tasks
WHERE done_time IS NULL ORDER BY create_time, task_id LIMIT 200;

-- finish_task --
-- Marks a task as done.
UPDATE tasks SET done_time = :done_time WHERE task_id = :task_id AND done_time IS NULL;

-- get_staff --
-- A member of staff, by name.
SELECT user_name, staff_id, title, password, roles, post, failures, locked_until FROM staff WHERE user_name = :user_name;

-- list_staff --
-- All members of staff.
SELECT user_name, staff_id, title, roles, post FROM staff ORDER BY user_name LIMIT 1000;

-- put_staff --
-- Adds or changes a member of staff.
INSERT INTO staff (user_name, staff_id, title, password, roles, post, failures, locked_until)
VALUES (:user_name, :staff_id, :title, :password, :roles, :post, 0, 0)
ON CONFLICT (user_name) DO UPDATE SET title = excluded.title, password = excluded.password, roles = excluded.roles,
    post = excluded.post, failures = 0, locked_until = 0;

-- note_sign_in --
-- Counts failed sign-ins, and locks.
UPDATE staff SET failures = :failures, locked_until = :locked_until WHERE user_name = :user_name;

-- insert_session --
-- Opens a session, by the digest of its token.
INSERT INTO sessions (digest, user_name, expire_time) VALUES (:digest, :user_name, :expire_time);

-- get_session --
-- Whose session it is, if it has not ended.
SELECT t.user_name, t.staff_id, t.title, t.roles, t.post, s.expire_time FROM sessions s
JOIN staff t ON t.user_name = s.user_name WHERE s.digest = :digest AND s.expire_time > :now;

-- delete_session --
-- Ends a session.
DELETE FROM sessions WHERE digest = :digest;

-- delete_old_sessions --
-- Forgets sessions that have ended.
DELETE FROM sessions WHERE expire_time <= :now;

-- put_pickup --
-- Sets an application's first pickup code, also where one was used and what it opened was refused afterwards.
INSERT INTO pickups (application, salt, digest, failures, locked_until, expire_time, hold_until, locker)
VALUES (:application, :salt, :digest, 0, 0, :expire_time, :hold_until, :locker)
ON CONFLICT (application) DO UPDATE SET salt = excluded.salt, digest = excluded.digest, failures = 0, locked_until = 0,
    use_time = NULL, expire_time = excluded.expire_time, hold_until = excluded.hold_until, locker = excluded.locker;

-- renew_pickup --
-- Replaces the code of a result that lies ready; where it lies and how long it is kept stay.
UPDATE pickups SET salt = :salt, digest = :digest, failures = 0, locked_until = 0, use_time = NULL,
    expire_time = :expire_time
WHERE application = :application;

-- end_pickup --
-- Nobody came: the code opens nothing any more, and the locker is free.
UPDATE pickups SET expire_time = :expire_time, hold_until = 0, locker = '' WHERE application = :application;

-- get_pickup --
-- An application's pickup code.
SELECT salt, digest, failures, locked_until, use_time, expire_time, hold_until, locker FROM pickups
WHERE application = :application;

-- list_lockers --
-- Whose result lies in a locker; one at most, unless a step was refused afterwards.
SELECT application FROM pickups WHERE locker = :locker AND use_time IS NULL ORDER BY application LIMIT 10;

-- list_kept_too_long --
-- Results that nobody came for in time.
SELECT application, hold_until FROM pickups WHERE use_time IS NULL AND hold_until > 0 AND hold_until <= :now
ORDER BY hold_until, application LIMIT 100;

-- list_tasks_of --
-- Open tasks about one thing for one reason.
SELECT task_id FROM tasks WHERE stream = :stream AND reason = :reason AND done_time IS NULL LIMIT 100;

-- had_task --
-- A task about one thing for one reason, open or done.
SELECT task_id FROM tasks WHERE stream = :stream AND reason = :reason LIMIT 1;

-- note_pickup --
-- Counts wrong guesses, locks, or marks the code as used.
UPDATE pickups SET failures = :failures, locked_until = :locked_until, use_time = :use_time
WHERE application = :application;

-- insert_reading --
-- Records who opened what was sealed.
INSERT INTO readings (reading_id, stream, staff_id, read_time) VALUES (:reading_id, :stream, :staff_id, :read_time);

-- put_early_intake --
-- Keeps an intake scan whose parcel is not known here yet.
INSERT INTO early_intakes (parcel, scan, staff_id, post, scan_time)
VALUES (:parcel, :scan, :staff_id, :post, :scan_time) ON CONFLICT (parcel) DO NOTHING;

-- list_early_intakes --
-- Intake scans that wait for their parcel.
SELECT parcel, scan, staff_id, post, scan_time FROM early_intakes ORDER BY parcel LIMIT 1000;

-- drop_early_intake --
-- The parcel has come, and the scan is recorded.
DELETE FROM early_intakes WHERE parcel = :parcel;
