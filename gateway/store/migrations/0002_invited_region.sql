-- The region that an invitation is for, which the node must register; empty in invitations made before.

ALTER TABLE invitations ADD COLUMN region {text} NOT NULL DEFAULT '';
