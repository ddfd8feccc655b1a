-- 0003: what staff and other programs do with the records.

-- How often a key may ask in a minute (0: as often as it likes), and how many of its
-- WebSockets may be open.
ALTER TABLE api_keys ADD COLUMN requests_per_minute INTEGER NOT NULL DEFAULT 100 CHECK (requests_per_minute >= 0);
ALTER TABLE api_keys ADD COLUMN sockets INTEGER NOT NULL DEFAULT 10 CHECK (sockets >= 0);

-- Several patients at once are several slots ("seats") at the same time; each is taken once.
-- The table is made anew because a constraint of it changes. Who takes this step turns foreign
-- keys off and checks them afterwards.

ALTER TABLE weekly_hours ADD COLUMN buffer_minutes INTEGER NOT NULL DEFAULT 0 CHECK (buffer_minutes BETWEEN 0 AND 480);
ALTER TABLE weekly_hours ADD COLUMN capacity INTEGER NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 50);
ALTER TABLE weekly_hours ADD COLUMN visit_type TEXT CHECK (visit_type <> '');
ALTER TABLE exceptions ADD COLUMN buffer_minutes INTEGER NOT NULL DEFAULT 0 CHECK (buffer_minutes BETWEEN 0 AND 480);
ALTER TABLE exceptions ADD COLUMN capacity INTEGER NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 50);
ALTER TABLE exceptions ADD COLUMN visit_type TEXT CHECK (visit_type <> '');

CREATE TABLE slots_with_seats (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    practitioner TEXT    NOT NULL REFERENCES practitioners (id),
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    local_minute INTEGER NOT NULL CHECK (local_minute BETWEEN 0 AND 1439),
    withdrawn    INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
    seat         INTEGER NOT NULL DEFAULT 0 CHECK (seat BETWEEN 0 AND 49),
    visit_type   TEXT    CHECK (visit_type <> ''),
    CHECK (ends_at > starts_at AND ends_at - starts_at <= 43200),
    UNIQUE (practitioner, starts_at, seat),
    UNIQUE (id, practitioner, starts_at, ends_at)
) STRICT, WITHOUT ROWID;

INSERT INTO slots_with_seats (id, practitioner, starts_at, ends_at, local_minute, withdrawn)
SELECT id, practitioner, starts_at, ends_at, local_minute, withdrawn FROM slots;
DROP TABLE slots;
ALTER TABLE slots_with_seats RENAME TO slots;

-- Holds all that the question for free slots asks, in its order.
CREATE INDEX slots_offered ON slots (starts_at, practitioner, seat, local_minute, ends_at)
    WHERE withdrawn = 0;

-- An appointment without a slot was made elsewhere and takes the first seat.
DROP TRIGGER appointments_no_overlap_on_insert;
DROP TRIGGER appointments_no_overlap_on_update;

CREATE TRIGGER appointments_no_overlap_on_insert AFTER INSERT ON appointments
WHEN NEW.blocking = 1
BEGIN
    SELECT RAISE(ABORT, 'practitioner is busy') FROM appointments AS other
    WHERE other.practitioner = NEW.practitioner AND other.blocking = 1 AND other.id <> NEW.id
      AND other.starts_at < NEW.ends_at AND other.starts_at > NEW.starts_at - 43200
      AND other.ends_at > NEW.starts_at
      AND coalesce((SELECT seat FROM slots WHERE id = other.slot), 0)
        = coalesce((SELECT seat FROM slots WHERE id = NEW.slot), 0);
    SELECT RAISE(ABORT, 'patient is busy') FROM appointments
    WHERE patient = NEW.patient AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
END;

CREATE TRIGGER appointments_no_overlap_on_update
AFTER UPDATE OF status, conflict, slot, practitioner, patient, starts_at, ends_at ON appointments
WHEN NEW.blocking = 1
BEGIN
    SELECT RAISE(ABORT, 'practitioner is busy') FROM appointments AS other
    WHERE other.practitioner = NEW.practitioner AND other.blocking = 1 AND other.id <> NEW.id
      AND other.starts_at < NEW.ends_at AND other.starts_at > NEW.starts_at - 43200
      AND other.ends_at > NEW.starts_at
      AND coalesce((SELECT seat FROM slots WHERE id = other.slot), 0)
        = coalesce((SELECT seat FROM slots WHERE id = NEW.slot), 0);
    SELECT RAISE(ABORT, 'patient is busy') FROM appointments
    WHERE patient = NEW.patient AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
END;

-- A slot kept for a few minutes for the appointment that is about to be made on it.
CREATE TABLE holds (
    slot        TEXT    NOT NULL PRIMARY KEY REFERENCES slots (id) ON DELETE CASCADE,
    appointment TEXT    NOT NULL UNIQUE CHECK (length(appointment) BETWEEN 1 AND 64),
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER appointments_respect_holds_on_insert AFTER INSERT ON appointments
WHEN NEW.blocking = 1
BEGIN
    SELECT RAISE(ABORT, 'slot is held') FROM holds
    WHERE slot = NEW.slot AND appointment <> NEW.id AND expires_at > NEW.changed_at;
    DELETE FROM holds WHERE slot = NEW.slot OR appointment = NEW.id;
END;

CREATE TRIGGER appointments_respect_holds_on_update AFTER UPDATE OF slot ON appointments
WHEN NEW.blocking = 1 AND NEW.slot IS NOT OLD.slot
BEGIN
    SELECT RAISE(ABORT, 'slot is held') FROM holds
    WHERE slot = NEW.slot AND appointment <> NEW.id AND expires_at > NEW.changed_at;
    DELETE FROM holds WHERE slot = NEW.slot OR appointment = NEW.id;
END;

-- Who sees a ticket's holder, and from when to when: what waiting times are estimated from.
ALTER TABLE queue_tickets ADD COLUMN practitioner TEXT REFERENCES practitioners (id);
ALTER TABLE queue_tickets ADD COLUMN called_at INTEGER;
ALTER TABLE queue_tickets ADD COLUMN done_at INTEGER CHECK (done_at >= called_at);

CREATE INDEX queue_tickets_seen ON queue_tickets (practitioner, done_at) WHERE done_at IS NOT NULL;

-- By how much a practitioner is late that day.
CREATE TABLE delays (
    practitioner TEXT    NOT NULL REFERENCES practitioners (id),
    day          TEXT    NOT NULL CHECK (day = date(day)),
    minutes      INTEGER NOT NULL CHECK (minutes BETWEEN 0 AND 720),
    PRIMARY KEY (practitioner, day)
) STRICT, WITHOUT ROWID;

-- A second record of the same person: emptied, and read on at the first.
ALTER TABLE patients ADD COLUMN merged_into TEXT REFERENCES patients (id)
    CHECK (merged_into IS NULL OR erased_at IS NOT NULL);

-- Answers to requests that came with an `Idempotency-Key`, for who asks again.
CREATE TABLE answers (
    api_key     TEXT    NOT NULL REFERENCES api_keys (id),
    key         TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    status      INTEGER NOT NULL CHECK (status BETWEEN 200 AND 499),
    headers     TEXT    NOT NULL CHECK (json_valid(headers)),
    body        BLOB    NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (api_key, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_age ON answers (answered_at);
