-- list_under_way --
-- Parcels in which something may still fall due, by name, in pages; settled ones only where something happened lately.
SELECT name FROM streams
WHERE name > :after AND name < 'parcels0' AND length(predicted) > 0
  AND (instr(:settled, ',' || phase || ',') = 0 OR update_time >= :since)
ORDER BY name LIMIT :size;

-- list_under_way [postgres] --
SELECT name FROM streams
WHERE name > :after AND name < 'parcels0' AND length(predicted) > 0
  AND (strpos(:settled, ',' || phase || ',') = 0 OR update_time >= :since)
ORDER BY name LIMIT :size;
