-- What the service itself may do, where it has a role of its own beside the owner's: never change
-- or remove an entry or its words. Run after each migration, whole, so that this page is the answer.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'lockstep' AND rolname <> current_user) THEN
        GRANT SELECT ON lockstep_schema TO lockstep;
        GRANT SELECT, INSERT ON entry, detail TO lockstep;
        GRANT SELECT, INSERT, UPDATE ON log, directory_version, credential TO lockstep;
        GRANT SELECT, INSERT, UPDATE, DELETE
            ON directory, code, pin, enrolment, roster, passkey TO lockstep;
    END IF;
END $$;
