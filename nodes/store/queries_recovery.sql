-- get_setting --
-- One setting's value.
SELECT value FROM settings WHERE key = :key;

-- list_held --
-- The last receipted event of each stream, by name, in pages.
SELECT s.name, e.version, e.digest FROM streams s
JOIN events e ON e.stream = s.name AND e.version = (SELECT max(m.version) FROM events m WHERE m.stream = s.name)
WHERE s.name > :after AND s.name < :until ORDER BY s.name LIMIT :size;

-- list_receipted --
-- Receipted events of one stream, in order, with what is sealed beside them.
SELECT e.version, e.envelope, e.receipt, s.content FROM events e LEFT JOIN sealed s ON s.event_id = e.event_id
WHERE e.stream = :stream AND e.version > :after ORDER BY e.version LIMIT :size;

-- find_admissions --
-- Signed headers of these batches.
SELECT batch_id, signed FROM admissions WHERE batch_id IN (SELECT value FROM json_each(:ids));

-- find_admissions [postgres] --
SELECT batch_id, signed FROM admissions
WHERE batch_id = ANY (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)));

-- park_stream --
-- Parks a stream for good, until a person has looked at it.
UPDATE streams SET parked = :problem WHERE name = :name;

-- insert_task_once --
-- Gives a person something to mend, unless it was given before.
INSERT INTO tasks (task_id, stream, event_id, reason, message_zh, message_en, owner, create_time)
VALUES (:task_id, :stream, '', :reason, :message_zh, :message_en, :owner, :create_time)
ON CONFLICT (task_id) DO NOTHING;
