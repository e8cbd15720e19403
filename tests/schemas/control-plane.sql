-- The tables of the Control Plane that its system file reads, with the types of its migration. pgvector and pg_cron are
-- stood in for: the embedding is never read, and the two tables of pg_cron are tables.
CREATE TYPE mission_status AS ENUM ('draft', 'in_progress', 'ready', 'blocked', 'completed', 'archived');
CREATE TYPE undo_event_type AS ENUM ('planned', 'available', 'requested', 'executed', 'failed');
CREATE TYPE connection_status AS ENUM ('initiated', 'approved', 'expired', 'revoked', 'failed');
CREATE TYPE inspection_outcome AS ENUM ('pass', 'warn', 'fail');
CREATE TYPE session_state AS ENUM ('active', 'idle', 'terminated');
CREATE TYPE telemetry_level AS ENUM ('info', 'success', 'warning', 'error');
CREATE TYPE redaction_state AS ENUM ('not_required', 'applied', 'pending_review');
CREATE TYPE undo_status AS ENUM ('pending', 'in_progress', 'completed', 'failed');
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text);
CREATE TABLE missions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL DEFAULT 'A mission', status mission_status NOT NULL DEFAULT 'draft',
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz);
CREATE TABLE mission_connections (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id), toolkit_slug text NOT NULL DEFAULT 'mail',
  status connection_status NOT NULL DEFAULT 'initiated', requested_at timestamptz NOT NULL DEFAULT now(), approved_at timestamptz,
  expires_at timestamptz);
CREATE TABLE data_inspection_checks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id),
  outcome inspection_outcome NOT NULL DEFAULT 'pass', details jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE mission_approvals (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id));
CREATE TABLE mission_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id), lag_ms integer,
  status session_state NOT NULL DEFAULT 'active', last_heartbeat_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE mission_artifacts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id), hash text);
CREATE TABLE mission_evidence (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid NOT NULL REFERENCES missions (id),
  artifact_id uuid REFERENCES mission_artifacts (id), redaction_status redaction_state NOT NULL DEFAULT 'pending_review',
  created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE telemetry_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mission_id uuid REFERENCES missions (id), event_type text NOT NULL,
  status telemetry_level NOT NULL DEFAULT 'info', context jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE workspace_stream_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id text NOT NULL, connected_at timestamptz NOT NULL DEFAULT now(),
  disconnected_at timestamptz);
CREATE TABLE composio_audit_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), toolkit text, action text, status text, latency_ms integer, error_code text,
  retries integer NOT NULL DEFAULT 0, occurred_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE undo_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), event_type undo_event_type NOT NULL DEFAULT 'executed',
  status undo_status NOT NULL DEFAULT 'pending', occurred_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE library_entries (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE library_embeddings (
  entry_id uuid PRIMARY KEY REFERENCES library_entries (id), embedding text, embedding_provider text, embedding_model text,
  updated_at timestamptz NOT NULL DEFAULT now());
CREATE SCHEMA cron;
CREATE TABLE cron.job (
  jobid bigserial PRIMARY KEY, schedule text NOT NULL, command text NOT NULL DEFAULT '', active boolean NOT NULL DEFAULT true, jobname name);
CREATE TABLE cron.job_run_details (
  jobid bigint, runid bigserial PRIMARY KEY, status text, return_message text, start_time timestamptz, end_time timestamptz);
CREATE FUNCTION cron.alter_job(job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
  username text DEFAULT NULL, active boolean DEFAULT NULL) RETURNS void LANGUAGE sql
  AS $$ UPDATE cron.job j SET active = coalesce(alter_job.active, j.active) WHERE j.jobid = job_id $$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE missions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mission_connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE mission_approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE mission_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mission_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mission_evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE composio_audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE undo_events ENABLE ROW LEVEL SECURITY;

-- A quiet day.
INSERT INTO missions (id, status, completed_at) VALUES
  ('00000000-0000-0000-0000-000000000001', 'in_progress', NULL), ('00000000-0000-0000-0000-000000000002', 'completed', now() - interval '2 hours');
INSERT INTO mission_connections (mission_id, status, expires_at) VALUES ('00000000-0000-0000-0000-000000000001', 'approved', now() + interval '20 days');
INSERT INTO data_inspection_checks (mission_id) VALUES ('00000000-0000-0000-0000-000000000001');
INSERT INTO mission_sessions (mission_id, lag_ms) VALUES ('00000000-0000-0000-0000-000000000001', 140);
INSERT INTO telemetry_events (mission_id, event_type, context, created_at)
  SELECT '00000000-0000-0000-0000-000000000001', 'session_heartbeat', '{"lag_ms": 140}', now() - n * interval '30 seconds' FROM generate_series(0, 59) n;
INSERT INTO composio_audit_events (toolkit, action, status, latency_ms) SELECT 'mail', 'send', 'completed', 300 + n FROM generate_series(1, 40) n;
INSERT INTO undo_events (status) VALUES ('completed');
INSERT INTO mission_artifacts (id, mission_id, hash) VALUES ('00000000-0000-0000-0000-00000000000e', '00000000-0000-0000-0000-000000000002', 'c0ffee');
INSERT INTO mission_evidence (mission_id, artifact_id, redaction_status) VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000e', 'applied');
INSERT INTO library_entries (id, created_at) VALUES ('00000000-0000-0000-0000-0000000000aa', now() - interval '9 days');
INSERT INTO library_embeddings (entry_id, embedding_provider, embedding_model) VALUES ('00000000-0000-0000-0000-0000000000aa', 'google', 'text-embedding-004');
INSERT INTO cron.job (jobname, schedule) VALUES ('refresh_analytics_views', '0 2 * * *'), ('cleanup_telemetry_events', '0 * * * *'),
  ('cleanup_mission_sessions', '30 3 * * *'), ('refresh_library_embeddings', '0 6 * * 1');
INSERT INTO cron.job_run_details (jobid, status, start_time)
  SELECT jobid, 'succeeded', date_trunc('hour', now()) - interval '1 minute' FROM cron.job;
