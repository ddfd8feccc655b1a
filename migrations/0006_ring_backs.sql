-- 0006: patients who are at home and whom somebody has to ring.
--
-- Whoever changes an appointment without its patient at the kiosk ('kiosk' is the one who
-- changes what patients ask for there) leaves a line here in that same statement. What was a
-- collision is not among them: its patient is rung before it is moved.
CREATE TABLE ring_backs (
    appointment TEXT    NOT NULL PRIMARY KEY REFERENCES appointments (id),
    why         TEXT    NOT NULL CHECK (why IN ('cancelled', 'moved', 'to-confirm', 'away')),
    since       INTEGER NOT NULL,
    tried       INTEGER NOT NULL DEFAULT 0 CHECK (tried >= 0),
    reached_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX ring_backs_open ON ring_backs (appointment) WHERE reached_at IS NULL;

CREATE TRIGGER ring_back_who_was_cancelled AFTER UPDATE OF status ON appointments
WHEN NEW.status = 'cancelled' AND OLD.status IN ('pending', 'booked') AND NEW.changed_by <> 'kiosk'
BEGIN
    INSERT INTO ring_backs (appointment, why, since) VALUES (NEW.id, 'cancelled', NEW.changed_at)
    ON CONFLICT (appointment) DO UPDATE
    SET why = excluded.why, since = excluded.since, tried = 0, reached_at = NULL;
END;

CREATE TRIGGER ring_back_who_was_moved AFTER UPDATE OF practitioner, starts_at ON appointments
WHEN (NEW.practitioner <> OLD.practitioner OR NEW.starts_at <> OLD.starts_at)
     AND OLD.conflict = 0 AND NEW.changed_by <> 'kiosk'
BEGIN
    INSERT INTO ring_backs (appointment, why, since) VALUES (NEW.id, 'moved', NEW.changed_at)
    ON CONFLICT (appointment) DO UPDATE
    SET why = excluded.why, since = excluded.since, tried = 0, reached_at = NULL;
END;

-- Who stands at the kiosk has seen how it is.
CREATE TRIGGER ring_back_nobody_who_was_here AFTER UPDATE ON appointments
WHEN NEW.changed_by = 'kiosk'
BEGIN
    DELETE FROM ring_backs WHERE appointment = NEW.id;
END;
