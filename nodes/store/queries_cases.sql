-- put_case --
-- Writes an open case of a parcel.
INSERT INTO cases (parcel, code, subject, owner, escalation, open_time, deadline)
VALUES (:parcel, :code, :subject, :owner, :escalation, :open_time, :deadline)
ON CONFLICT (parcel, code, subject) DO UPDATE SET owner = excluded.owner, escalation = excluded.escalation,
    open_time = excluded.open_time, deadline = excluded.deadline;

-- drop_cases --
-- Takes a parcel's cases away, before those that are open now are written.
DELETE FROM cases WHERE parcel = :parcel;

-- list_cases --
-- Open cases after a place, the most urgent first: all, an owner's, or those that a node's supervisors have to see because
-- their deadline has passed.
SELECT parcel, code, subject, owner, escalation, open_time, deadline FROM cases
WHERE (deadline > :after OR (deadline = :after AND parcel || ' ' || code || ' ' || subject > :after_key))
  AND (:owner = '' OR owner = :owner) AND deadline <= :until
  AND (:told = '' OR instr(escalation, ',' || :told || ',') > 0)
ORDER BY deadline, parcel || ' ' || code || ' ' || subject LIMIT :size;

-- list_cases [postgres] --
SELECT parcel, code, subject, owner, escalation, open_time, deadline FROM cases
WHERE (deadline > :after OR (deadline = :after AND parcel || ' ' || code || ' ' || subject > :after_key))
  AND (CAST(:owner AS text) = '' OR owner = :owner) AND deadline <= :until
  AND (CAST(:told AS text) = '' OR strpos(escalation, ',' || CAST(:told AS text) || ',') > 0)
ORDER BY deadline, parcel || ' ' || code || ' ' || subject LIMIT :size;

-- count_cases --
-- How many cases an owner has, and how many a node's supervisors have to see.
SELECT count(*) FILTER (WHERE owner = :node) AS own,
    count(*) FILTER (WHERE deadline <= :now AND instr(escalation, ',' || :node || ',') > 0) AS escalated
FROM cases;

-- count_cases [postgres] --
SELECT count(*) FILTER (WHERE owner = :node) AS own,
    count(*) FILTER (WHERE deadline <= :now AND strpos(escalation, ',' || CAST(:node AS text) || ',') > 0) AS escalated
FROM cases;

-- list_cases_of --
-- A parcel's open cases, the most urgent first.
SELECT parcel, code, subject, owner, escalation, open_time, deadline FROM cases
WHERE parcel = :parcel ORDER BY deadline, code, subject LIMIT 200;

-- list_parcels_after --
-- Parcels with their predicted states, by name, in pages: what cases are made from.
SELECT name, predicted FROM streams WHERE name > :after AND name < 'parcels0' AND length(predicted) > 0
ORDER BY name LIMIT 500;
