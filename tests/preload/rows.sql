-- Tables in memory, filled, indexed, joined, changed, emptied and filled again.
CREATE TABLE part (id INTEGER PRIMARY KEY, name TEXT, size INT, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
INSERT INTO part
SELECT i, hex(i * 7919 % 40009), i * 31 % 997, substr(hex(zeroblob(150)), 1, i % 300)
FROM n;
CREATE INDEX part_name ON part (name);
CREATE INDEX part_size ON part (size, name);
SELECT count(*), sum(size), sum(length(note)) FROM part;
SELECT a.size, count(*), max(b.name) FROM part a JOIN part b ON a.size = b.size
WHERE a.id % 97 = 0 GROUP BY a.size ORDER BY 2 DESC, 1 LIMIT 10;
SELECT length(group_concat(name)), count(DISTINCT substr(name, 1, 4)) FROM part;
UPDATE part SET note = note || name WHERE id % 3 = 0;
DELETE FROM part WHERE id % 5 = 1;
INSERT INTO part (name, size, note) SELECT name || 'x', size + 1, note FROM part
WHERE id % 4 = 0;
SELECT count(*), sum(size), sum(length(note)), max(name) FROM part;
SELECT name, size FROM part ORDER BY note, name LIMIT 5 OFFSET 9000;
PRAGMA integrity_check;
