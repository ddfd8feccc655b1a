-- 0001: the clinic, its hours, slots, patients, appointments, and the record of every change.
--
-- Instants are UTC in whole seconds since 1970 (`…_at`): triggers compare and add them, and no
-- two spellings of one instant exist. Days are ISO 8601 text and times of day are minutes after
-- midnight, both the clinic's own, because a rule such as "Mondays from nine" has no instant.
-- Ids are text, made by whoever creates the row.
--
-- What this schema promises, whatever the code does:
--   * no two blocking appointments on one slot (`appointments_slot_once`), none overlapping for a
--     practitioner or a patient (triggers). `conflict = 1` is the one way out: a booking that the
--     central server made elsewhere is kept although it collides, and shown to staff;
--   * an appointment sits exactly where its slot does (foreign key over slot, practitioner, times);
--   * appointments are never deleted; their status moves only along `appointment_transitions`;
--   * whoever writes an appointment, a patient or a practitioner raises its version by one, and
--     that same statement writes the change, its audit line and, unless the change came from the
--     central server, its outbox row: all commit together or not at all;
--   * changes and audit lines are never altered or removed.

CREATE TABLE clinic (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    name         TEXT    NOT NULL,
    zone         TEXT    NOT NULL CHECK (zone <> ''),
    regions      TEXT    NOT NULL CHECK (json_type(regions) = 'array'),
    horizon_days INTEGER NOT NULL CHECK (horizon_days BETWEEN 1 AND 400)
) STRICT;

CREATE TABLE specialties (
    id        TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    position  INTEGER NOT NULL,
    name      TEXT    NOT NULL CHECK (name <> ''),
    also      TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(also) = 'array'),
    sensitive INTEGER NOT NULL DEFAULT 0 CHECK (sensitive IN (0, 1)),
    active    INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Somebody who left keeps their row (`active = 0`): old appointments name them.
CREATE TABLE practitioners (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    position   INTEGER NOT NULL,
    name       TEXT    NOT NULL CHECK (name <> ''),
    active     INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    version    INTEGER NOT NULL DEFAULT 1,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL CHECK (changed_by <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE practitioner_specialties (
    practitioner TEXT    NOT NULL REFERENCES practitioners (id),
    specialty    TEXT    NOT NULL REFERENCES specialties (id),
    position     INTEGER NOT NULL,
    PRIMARY KEY (practitioner, specialty)
) STRICT, WITHOUT ROWID;

-- `weekday` 1 is Monday. Hours never pass midnight: a night session is two rows.
CREATE TABLE weekly_hours (
    id            INTEGER PRIMARY KEY,
    practitioner  TEXT    NOT NULL REFERENCES practitioners (id),
    weekday       INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts_minute INTEGER NOT NULL CHECK (starts_minute BETWEEN 0 AND 1439),
    ends_minute   INTEGER NOT NULL CHECK (ends_minute BETWEEN 1 AND 1440),
    slot_minutes  INTEGER NOT NULL CHECK (slot_minutes BETWEEN 1 AND 720),
    CHECK (ends_minute > starts_minute)
) STRICT;

CREATE INDEX weekly_hours_of ON weekly_hours (practitioner);

-- Days that differ from the weekly hours. No practitioner: the whole clinic.
CREATE TABLE exceptions (
    id            INTEGER PRIMARY KEY,
    practitioner  TEXT REFERENCES practitioners (id),
    kind          TEXT NOT NULL CHECK (kind IN ('leave', 'extra')),
    first_day     TEXT NOT NULL CHECK (first_day = date(first_day)),
    last_day      TEXT NOT NULL CHECK (last_day = date(last_day)),
    starts_minute INTEGER CHECK (starts_minute BETWEEN 0 AND 1439),
    ends_minute   INTEGER CHECK (ends_minute BETWEEN 1 AND 1440),
    slot_minutes  INTEGER CHECK (slot_minutes BETWEEN 1 AND 720),
    reason        TEXT NOT NULL DEFAULT '',
    CHECK (last_day >= first_day),
    CHECK (ends_minute > starts_minute),
    CHECK (kind = 'leave' OR (practitioner IS NOT NULL AND starts_minute IS NOT NULL
                              AND ends_minute IS NOT NULL AND slot_minutes IS NOT NULL))
) STRICT;

CREATE INDEX exceptions_of ON exceptions (practitioner);

-- Generated ahead from the hours. A slot that the hours no longer hold is removed; if an
-- appointment ever sat on it, it is withdrawn instead and never offered again while the hours
-- lack it. `local_minute` is its start on the clinic's clock, for "in the morning".
-- Twelve hours bound how far back a search for overlaps must look.
CREATE TABLE slots (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    practitioner TEXT    NOT NULL REFERENCES practitioners (id),
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    local_minute INTEGER NOT NULL CHECK (local_minute BETWEEN 0 AND 1439),
    withdrawn    INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
    CHECK (ends_at > starts_at AND ends_at - starts_at <= 43200),
    UNIQUE (practitioner, starts_at),
    UNIQUE (id, practitioner, starts_at, ends_at)
) STRICT, WITHOUT ROWID;

-- Holds all that the question for free slots asks, in its order.
CREATE INDEX slots_offered ON slots (starts_at, practitioner, local_minute, ends_at)
    WHERE withdrawn = 0;

CREATE TABLE patients (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name       TEXT    NOT NULL,
    phone      TEXT    CHECK (phone GLOB '+[1-9]*' AND length(phone) BETWEEN 8 AND 16
                              AND substr(phone, 2) NOT GLOB '*[^0-9]*'),
    birth_date TEXT    CHECK (birth_date = date(birth_date)),
    erased_at  INTEGER,
    version    INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL CHECK (changed_by <> ''),
    CHECK (CASE WHEN erased_at IS NULL THEN name <> ''
           ELSE name = '' AND phone IS NULL AND birth_date IS NULL END)
) STRICT, WITHOUT ROWID;

-- Status is a FHIR R4 appointment status.
-- `blocking`: the practitioner's time is gone. `open`: the patient may still come with the code.
CREATE TABLE appointments (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    code         TEXT    NOT NULL CHECK (length(code) BETWEEN 4 AND 10
                                         AND code NOT GLOB '*[^2-9CDFGHJKMNPQRTVWXY]*'),
    status       TEXT    NOT NULL CHECK (status IN
                     ('proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled',
                      'noshow', 'entered-in-error', 'checked-in', 'waitlist')),
    slot         TEXT,
    practitioner TEXT    NOT NULL REFERENCES practitioners (id),
    patient      TEXT    NOT NULL REFERENCES patients (id),
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    conflict     INTEGER NOT NULL DEFAULT 0 CHECK (conflict IN (0, 1)),
    version      INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    changed_by   TEXT    NOT NULL CHECK (changed_by <> ''),
    blocking     INTEGER NOT NULL GENERATED ALWAYS AS
                     (conflict = 0 AND status IN
                      ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled')) VIRTUAL,
    open         INTEGER NOT NULL GENERATED ALWAYS AS
                     (status IN ('proposed', 'pending', 'booked', 'arrived', 'checked-in',
                                 'waitlist')) VIRTUAL,
    CHECK (ends_at > starts_at AND ends_at - starts_at <= 43200),
    FOREIGN KEY (slot, practitioner, starts_at, ends_at)
        REFERENCES slots (id, practitioner, starts_at, ends_at)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX appointments_slot_once ON appointments (slot) WHERE blocking = 1;
CREATE UNIQUE INDEX appointments_code_once ON appointments (code) WHERE open = 1;
CREATE INDEX appointments_busy ON appointments (practitioner, starts_at, ends_at)
    WHERE blocking = 1;
CREATE INDEX appointments_by_time ON appointments (starts_at);
CREATE INDEX appointments_of_patient ON appointments (patient, starts_at);
CREATE INDEX appointments_of_slot ON appointments (slot, practitioner, starts_at, ends_at);

-- Which status may follow which. A patient marked as absent may still turn up.
CREATE TABLE appointment_transitions (
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    PRIMARY KEY (before, after)
) STRICT, WITHOUT ROWID;

INSERT INTO appointment_transitions (before, after) VALUES
    ('proposed', 'pending'), ('proposed', 'booked'), ('proposed', 'waitlist'),
    ('proposed', 'cancelled'), ('proposed', 'entered-in-error'),
    ('waitlist', 'pending'), ('waitlist', 'booked'), ('waitlist', 'cancelled'),
    ('waitlist', 'entered-in-error'),
    ('pending', 'booked'), ('pending', 'cancelled'), ('pending', 'entered-in-error'),
    ('booked', 'arrived'), ('booked', 'checked-in'), ('booked', 'fulfilled'),
    ('booked', 'cancelled'), ('booked', 'noshow'), ('booked', 'entered-in-error'),
    ('arrived', 'checked-in'), ('arrived', 'fulfilled'), ('arrived', 'cancelled'),
    ('arrived', 'noshow'), ('arrived', 'entered-in-error'),
    ('checked-in', 'arrived'), ('checked-in', 'fulfilled'), ('checked-in', 'cancelled'),
    ('checked-in', 'noshow'), ('checked-in', 'entered-in-error'),
    ('noshow', 'arrived'), ('noshow', 'checked-in'), ('noshow', 'entered-in-error'),
    ('fulfilled', 'entered-in-error'), ('cancelled', 'entered-in-error');

-- Our own feed: readers ask for what follows the sequence number that they have seen.
-- `state` tells what the subject was at this version, by ids and statuses only: what is personal
-- stays in `patients`, where it can be erased.
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL CHECK (kind IN ('appointment', 'patient', 'practitioner')),
    subject TEXT    NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    action  TEXT    NOT NULL CHECK (action IN ('create', 'update')),
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    state   TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(state)),
    UNIQUE (kind, subject, version)
) STRICT;

-- What the central server has not confirmed. `id` is what it recognises a repetition by.
CREATE TABLE outbox (
    id              TEXT    NOT NULL PRIMARY KEY,
    seq             INTEGER NOT NULL UNIQUE REFERENCES changes (seq),
    created_at      INTEGER NOT NULL,
    delivered_at    INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    last_problem    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_pending ON outbox (seq) WHERE delivered_at IS NULL;

-- Who did what, for people who must answer for it. `seq` where it changed a record.
CREATE TABLE audit_log (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    seq     INTEGER UNIQUE REFERENCES changes (seq)
) STRICT;

-- A practitioner's or a patient's time is given once.

CREATE TRIGGER appointments_no_overlap_on_insert AFTER INSERT ON appointments
WHEN NEW.blocking = 1
BEGIN
    SELECT RAISE(ABORT, 'practitioner is busy') FROM appointments
    WHERE practitioner = NEW.practitioner AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
    SELECT RAISE(ABORT, 'patient is busy') FROM appointments
    WHERE patient = NEW.patient AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
END;

CREATE TRIGGER appointments_no_overlap_on_update
AFTER UPDATE OF status, conflict, practitioner, patient, starts_at, ends_at ON appointments
WHEN NEW.blocking = 1
BEGIN
    SELECT RAISE(ABORT, 'practitioner is busy') FROM appointments
    WHERE practitioner = NEW.practitioner AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
    SELECT RAISE(ABORT, 'patient is busy') FROM appointments
    WHERE patient = NEW.patient AND blocking = 1 AND id <> NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 43200
      AND ends_at > NEW.starts_at;
END;

-- Appointments stay, and move only as they may.

CREATE TRIGGER appointments_stay BEFORE DELETE ON appointments
BEGIN
    SELECT RAISE(ABORT, 'appointments are never deleted');
END;

CREATE TRIGGER appointments_keep_identity BEFORE UPDATE ON appointments
WHEN NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.created_at <> OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'an appointment keeps its id, code and creation');
END;

CREATE TRIGGER appointments_move_as_allowed BEFORE UPDATE OF status ON appointments
WHEN NEW.status <> OLD.status AND NOT EXISTS
    (SELECT 1 FROM appointment_transitions WHERE before = OLD.status AND after = NEW.status)
BEGIN
    SELECT RAISE(ABORT, 'this status may not follow that one');
END;

-- Every write raises the version, and so leaves its change.

CREATE TRIGGER appointments_begin_at_one BEFORE INSERT ON appointments WHEN NEW.version <> 1
BEGIN
    SELECT RAISE(ABORT, 'a record begins at version 1');
END;
CREATE TRIGGER patients_begin_at_one BEFORE INSERT ON patients WHEN NEW.version <> 1
BEGIN
    SELECT RAISE(ABORT, 'a record begins at version 1');
END;
CREATE TRIGGER practitioners_begin_at_one BEFORE INSERT ON practitioners WHEN NEW.version <> 1
BEGIN
    SELECT RAISE(ABORT, 'a record begins at version 1');
END;

CREATE TRIGGER appointments_count_versions BEFORE UPDATE ON appointments
WHEN NEW.version <> OLD.version + 1
BEGIN
    SELECT RAISE(ABORT, 'a change raises the version by one');
END;
CREATE TRIGGER patients_count_versions BEFORE UPDATE ON patients
WHEN NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id
BEGIN
    SELECT RAISE(ABORT, 'a change raises the version by one');
END;
CREATE TRIGGER practitioners_count_versions BEFORE UPDATE ON practitioners
WHEN NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id
BEGIN
    SELECT RAISE(ABORT, 'a change raises the version by one');
END;

CREATE TRIGGER patients_stay BEFORE DELETE ON patients
BEGIN
    SELECT RAISE(ABORT, 'patients are erased, never deleted');
END;
CREATE TRIGGER practitioners_stay BEFORE DELETE ON practitioners
BEGIN
    SELECT RAISE(ABORT, 'practitioners become inactive, they are never deleted');
END;

CREATE TRIGGER appointments_record_insert AFTER INSERT ON appointments
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor, state)
    VALUES ('appointment', NEW.id, NEW.version, 'create', NEW.changed_at, NEW.changed_by,
            json_object('status', NEW.status, 'slot', NEW.slot, 'practitioner', NEW.practitioner,
                        'patient', NEW.patient, 'starts_at', NEW.starts_at,
                        'ends_at', NEW.ends_at, 'conflict', NEW.conflict));
END;
CREATE TRIGGER appointments_record_update AFTER UPDATE ON appointments
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor, state)
    VALUES ('appointment', NEW.id, NEW.version, 'update', NEW.changed_at, NEW.changed_by,
            json_object('status', NEW.status, 'slot', NEW.slot, 'practitioner', NEW.practitioner,
                        'patient', NEW.patient, 'starts_at', NEW.starts_at,
                        'ends_at', NEW.ends_at, 'conflict', NEW.conflict));
END;
CREATE TRIGGER patients_record_insert AFTER INSERT ON patients
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor)
    VALUES ('patient', NEW.id, NEW.version, 'create', NEW.changed_at, NEW.changed_by);
END;
CREATE TRIGGER patients_record_update AFTER UPDATE ON patients
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor)
    VALUES ('patient', NEW.id, NEW.version, 'update', NEW.changed_at, NEW.changed_by);
END;
CREATE TRIGGER practitioners_record_insert AFTER INSERT ON practitioners
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor, state)
    VALUES ('practitioner', NEW.id, NEW.version, 'create', NEW.changed_at, NEW.changed_by,
            json_object('name', NEW.name, 'active', NEW.active));
END;
CREATE TRIGGER practitioners_record_update AFTER UPDATE ON practitioners
BEGIN
    INSERT INTO changes (kind, subject, version, action, at, actor, state)
    VALUES ('practitioner', NEW.id, NEW.version, 'update', NEW.changed_at, NEW.changed_by,
            json_object('name', NEW.name, 'active', NEW.active));
END;

CREATE TRIGGER changes_are_audited AFTER INSERT ON changes
BEGIN
    INSERT INTO audit_log (at, actor, action, subject, seq)
    VALUES (NEW.at, NEW.actor, NEW.action, NEW.kind || '/' || NEW.subject, NEW.seq);
END;

-- A new patient travels with the appointment that they came for; a corrected one on their own.
CREATE TRIGGER changes_go_out AFTER INSERT ON changes
WHEN NEW.actor <> 'central'
 AND (NEW.kind = 'appointment' OR (NEW.kind = 'patient' AND NEW.action = 'update'))
BEGIN
    INSERT INTO outbox (id, seq, created_at)
    VALUES (NEW.kind || '/' || NEW.subject || '/' || NEW.version, NEW.seq, NEW.at);
END;

CREATE TRIGGER changes_stay BEFORE DELETE ON changes
BEGIN
    SELECT RAISE(ABORT, 'changes are never removed');
END;
CREATE TRIGGER changes_are_final BEFORE UPDATE ON changes
BEGIN
    SELECT RAISE(ABORT, 'changes are never altered');
END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit lines are never removed');
END;
CREATE TRIGGER audit_log_is_final BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit lines are never altered');
END;
