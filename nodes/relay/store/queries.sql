-- put_watch --
-- Notes under which number a leg travels.
INSERT INTO watches (leg, feed, carrier, waybill, until_time) VALUES (:leg, :feed, :carrier, :waybill, :until_time)
ON CONFLICT (leg) DO UPDATE SET feed = excluded.feed, carrier = excluded.carrier, waybill = excluded.waybill,
    until_time = excluded.until_time;

-- put_number --
-- Takes a number on, or listens for it longer; when it was asked last is not forgotten.
INSERT INTO numbers (feed, carrier, waybill, phone, until_time, asked_time, next_time, push_time, subscribe_time, hints,
    failures, ended)
VALUES (:feed, :carrier, :waybill, :phone, :until_time, :asked_time, :next_time, 0, :subscribe_time, 0, 0, 0)
ON CONFLICT (feed, carrier, waybill) DO UPDATE SET phone = excluded.phone,
    until_time = CASE WHEN numbers.until_time > excluded.until_time THEN numbers.until_time ELSE excluded.until_time END;

-- hasten_number --
-- Lets a number be asked about at a time, if it were not before.
UPDATE numbers SET next_time = :next_time
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill AND next_time > :next_time;

-- get_number --
-- One number.
SELECT feed, carrier, waybill, phone, until_time, asked_time, next_time, push_time, subscribe_time, hints, failures,
    ended
FROM numbers WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- find_numbers --
-- The numbers of this text that somebody watches, whoever carries them.
SELECT n.carrier, n.waybill, n.asked_time FROM numbers n
WHERE n.feed = :feed AND n.waybill = :waybill AND n.until_time > :now
  AND EXISTS (SELECT 1 FROM watches w WHERE w.feed = n.feed AND w.carrier = n.carrier AND w.waybill = n.waybill)
ORDER BY n.carrier LIMIT 8;

-- get_watch --
-- What a leg is watched under.
SELECT leg, feed, carrier, waybill, until_time FROM watches WHERE leg = :leg;

-- drop_watch --
-- Forgets a leg.
DELETE FROM watches WHERE leg = :leg;

-- drop_seen --
-- Forgets what was told of a leg.
DELETE FROM seen WHERE leg = :leg;

-- drop_leg_troubles --
-- Forgets what was wrong with a leg's number.
DELETE FROM troubles WHERE leg = :leg;

-- settle_clock --
-- What was asked in a time that is yet to come was asked by a clock that has been set back since: as if asked just now.
UPDATE numbers SET asked_time = :now, next_time = :next_time WHERE asked_time > :now;

-- drop_old_watches --
-- Forgets legs whose time is over.
DELETE FROM watches WHERE until_time < :before;

-- drop_old_seen --
-- Forgets what was told of legs that nobody watches.
DELETE FROM seen WHERE NOT EXISTS (SELECT 1 FROM watches w WHERE w.leg = seen.leg);

-- drop_old_numbers --
-- Forgets numbers that nobody watches and that were asked about long ago.
DELETE FROM numbers WHERE asked_time < :before AND NOT EXISTS (
    SELECT 1 FROM watches w
    WHERE w.feed = numbers.feed AND w.carrier = numbers.carrier AND w.waybill = numbers.waybill);

-- first_due --
-- The number to be asked about now: the longest overdue.
SELECT n.feed, n.carrier, n.waybill, n.phone, n.asked_time, n.failures, n.hints, n.push_time,
    n.ended
FROM numbers n
WHERE n.feed = :feed AND n.next_time <= :now AND n.until_time > :now
  AND EXISTS (SELECT 1 FROM watches w WHERE w.feed = n.feed AND w.carrier = n.carrier AND w.waybill = n.waybill)
ORDER BY n.next_time, n.carrier, n.waybill LIMIT 1;

-- list_riders --
-- The numbers that may be asked about in the same question as another: due soon, and not asked about too lately.
SELECT n.feed, n.carrier, n.waybill, n.phone, n.asked_time, n.failures, n.hints, n.push_time,
    n.ended
FROM numbers n
WHERE n.feed = :feed AND n.carrier = :carrier AND n.phone = :phone AND n.waybill <> :waybill
  AND n.next_time <= :soon AND n.asked_time <= :settled AND n.until_time > :now AND n.failures = 0
  AND EXISTS (SELECT 1 FROM watches w WHERE w.feed = n.feed AND w.carrier = n.carrier AND w.waybill = n.waybill)
ORDER BY n.next_time, n.waybill LIMIT :size;

-- next_due --
-- When the next number is to be asked about, or a subscription to be made.
SELECT MIN(CASE WHEN n.subscribe_time > 0 AND n.ended = 0 AND n.subscribe_time < n.next_time THEN n.subscribe_time
    ELSE n.next_time END) AS due
FROM numbers n
WHERE n.feed = :feed AND n.until_time > :now
  AND EXISTS (SELECT 1 FROM watches w WHERE w.feed = n.feed AND w.carrier = n.carrier AND w.waybill = n.waybill);

-- mark_asked --
-- Notes, before it is asked, that a number is asked about.
UPDATE numbers SET asked_time = :asked_time, next_time = :next_time
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- mark_answered --
-- Notes that a number was answered for, and when it is asked again.
UPDATE numbers SET next_time = :next_time, hints = :hints, failures = 0, ended = :ended
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- mark_failed --
-- Notes that a number failed, and when it is asked again.
UPDATE numbers SET next_time = :next_time, failures = failures + 1
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- mark_pushed --
-- Notes that the carrier pushed about a number by itself.
UPDATE numbers SET push_time = :push_time,
    ended = CASE WHEN CAST(:ended AS {bigint}) = 1 THEN 1 ELSE ended END
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- add_push --
-- Notes that a signed push was taken, once.
INSERT INTO pushes (feed, digest, receive_time) VALUES (:feed, :digest, :receive_time)
ON CONFLICT (feed, digest) DO NOTHING;

-- drop_old_pushes --
-- Forgets pushes that nobody would repeat any more.
DELETE FROM pushes WHERE receive_time < :before;

-- hint --
-- Notes that somebody said something about a number that a pull has to confirm.
UPDATE numbers SET hints = :hints,
    next_time = CASE WHEN next_time > :next_time THEN :next_time ELSE next_time END
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- list_subscribing --
-- The numbers whose pushes are to be asked for now.
SELECT n.feed, n.carrier, n.waybill, n.phone FROM numbers n
WHERE n.feed = :feed AND n.subscribe_time > 0 AND n.subscribe_time <= :now AND n.until_time > :now AND n.ended = 0
  AND EXISTS (SELECT 1 FROM watches w WHERE w.feed = n.feed AND w.carrier = n.carrier AND w.waybill = n.waybill)
ORDER BY n.subscribe_time, n.carrier, n.waybill LIMIT :size;

-- set_subscribing --
-- When to ask for a number's pushes again.
UPDATE numbers SET subscribe_time = :subscribe_time
WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill;

-- list_legs --
-- The legs that travel under a number.
SELECT leg FROM watches WHERE feed = :feed AND carrier = :carrier AND waybill = :waybill ORDER BY leg LIMIT 100;

-- add_seen --
-- Notes what is told of a leg, once.
INSERT INTO seen (leg, observation) VALUES (:leg, :observation) ON CONFLICT (leg, observation) DO NOTHING;

-- get_allowance --
-- Until when an interface's allowance is used up.
SELECT used_time FROM allowances WHERE feed = :feed AND interface = :interface;

-- put_allowance --
-- Uses an interface's allowance up.
INSERT INTO allowances (feed, interface, used_time) VALUES (:feed, :interface, :used_time)
ON CONFLICT (feed, interface) DO UPDATE SET used_time = excluded.used_time;

-- newest_news --
-- The last piece of news.
SELECT MAX(id) AS id FROM news;

-- add_news --
-- Adds a piece of news.
INSERT INTO news (id, leg, content) VALUES (:id, :leg, :content);

-- list_news --
-- News after one, in order.
SELECT id, leg, content FROM news WHERE id > :after ORDER BY id LIMIT :size;

-- has_news --
-- Whether a leg has news that is not told yet.
SELECT id FROM news WHERE leg = :leg LIMIT 1;

-- drop_news --
-- What is told needs not be told again.
DELETE FROM news WHERE id = :id;

-- get_booking --
-- A leg's order.
SELECT leg, feed, carrier, state, sent_time, waybill FROM bookings WHERE leg = :leg FOR UPDATE;

-- list_bookings --
-- Orders in a state.
SELECT leg, feed, carrier, state, sent_time, waybill FROM bookings WHERE state = :state AND leg > :after
ORDER BY leg LIMIT 500;

-- put_booking --
-- Writes a leg's order.
INSERT INTO bookings (leg, feed, carrier, state, sent_time, waybill, update_time)
VALUES (:leg, :feed, :carrier, :state, :sent_time, :waybill, :update_time)
ON CONFLICT (leg) DO UPDATE SET feed = excluded.feed, carrier = excluded.carrier, state = excluded.state,
    sent_time = excluded.sent_time, waybill = excluded.waybill, update_time = excluded.update_time;

-- get_trouble --
-- What is wrong with an account or a leg's number.
SELECT reason, since_time, content FROM troubles WHERE feed = :feed AND leg = :leg;

-- put_trouble --
-- Something is wrong.
INSERT INTO troubles (feed, leg, reason, since_time, content) VALUES (:feed, :leg, :reason, :since_time, :content)
ON CONFLICT (feed, leg) DO UPDATE SET reason = excluded.reason, content = excluded.content;

-- drop_trouble --
-- It is over.
DELETE FROM troubles WHERE feed = :feed AND leg = :leg;

-- list_troubles --
-- Everything that is wrong, the oldest first.
SELECT feed, leg, reason, since_time, content FROM troubles ORDER BY since_time, feed, leg LIMIT 1000;

-- get_mark --
-- Something that this database knows of itself.
SELECT value FROM marks WHERE name = :name;

-- put_mark --
-- Notes it.
INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- is_used --
-- Whether anybody was asked or anything ordered from here.
SELECT 1 AS used FROM numbers UNION ALL SELECT 1 AS used FROM bookings LIMIT 1;

-- rest_numbers --
-- What was asked since is not known: as if asked just now, subscribed to anew, and no word the last.
UPDATE numbers SET asked_time = :now, next_time = :next_time, ended = 0,
    subscribe_time = CASE WHEN subscribe_time > 0 THEN CAST(:now AS {bigint}) ELSE subscribe_time END;

-- drop_every_seen --
-- Forgets what was told, so that it is told again.
DELETE FROM seen;

-- drop_every_push --
-- Forgets which pushes were taken.
DELETE FROM pushes;
