-- The tables of the Chat API that its system file reads, with the types and checks of its migrations.
CREATE TABLE profiles (id text PRIMARY KEY);
CREATE TABLE chat_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text NOT NULL REFERENCES profiles (id), title text,
  metadata jsonb DEFAULT '{}', created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE chat_messages (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id uuid NOT NULL REFERENCES chat_sessions (id),
  user_id text NOT NULL REFERENCES profiles (id), role text NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
  content text, tool_calls jsonb, tool_results jsonb, model text, tokens_used integer, latency_ms integer,
  created_at timestamptz DEFAULT now());
CREATE TABLE ai_request_limits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text NOT NULL REFERENCES profiles (id),
  request_date date NOT NULL DEFAULT current_date, request_count integer NOT NULL DEFAULT 0 CHECK (request_count >= 0),
  last_request_at timestamptz, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
  UNIQUE (user_id, request_date));
CREATE TABLE feature_flags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), flag_key text NOT NULL, scope text NOT NULL CHECK (scope IN ('global', 'user')),
  user_id text, value jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(), UNIQUE (flag_key, scope, user_id));
CREATE TABLE pipeline_runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text NOT NULL REFERENCES profiles (id), pipeline text NOT NULL,
  status text NOT NULL DEFAULT 'pending', error text, created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(), input_tokens integer NOT NULL DEFAULT 0,
  output_tokens integer NOT NULL DEFAULT 0, estimated_cost_usd numeric(10, 6) NOT NULL DEFAULT 0);
ALTER TABLE chat_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_request_limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE feature_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline_runs ENABLE ROW LEVEL SECURITY;

-- A quiet day.
INSERT INTO profiles VALUES ('anna'), ('ben'), ('cleo');
INSERT INTO feature_flags (flag_key, scope, user_id, value) VALUES
  ('chat_enabled', 'global', NULL, 'true'), ('chat_beta_period', 'global', NULL, 'false'),
  ('chat_rate_limit_tier', 'global', NULL, '"free"'), ('chat_rate_limit_tier', 'user', 'ben', '"paid"'),
  ('chat_rate_limit_tier', 'user', 'cleo', '"unlimited"');
INSERT INTO chat_sessions (id, user_id) VALUES ('00000000-0000-0000-0000-00000000000a', 'anna');
INSERT INTO chat_messages (session_id, user_id, role, latency_ms, tokens_used, created_at) VALUES
  ('00000000-0000-0000-0000-00000000000a', 'anna', 'user', NULL, NULL, now() - interval '5 minutes'),
  ('00000000-0000-0000-0000-00000000000a', 'anna', 'assistant', 1800, 900, now() - interval '4 minutes 58 seconds');
INSERT INTO ai_request_limits (user_id, request_count) VALUES ('anna', 12), ('ben', 80), ('cleo', 700);
