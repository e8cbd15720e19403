-- The tables of Moose Mission Control, as far as its system file reads and writes them, with a calm day in them.
CREATE TYPE failure_class AS ENUM ('compile_error', 'contract_violation', 'test_fail', 'lint_error',
  'orchestration_error', 'budget_exceeded', 'dependency_missing', 'timeout', 'unknown');
CREATE TABLE work_orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL, description text,
  status text NOT NULL DEFAULT 'pending', risk_level text, proposer_id text, estimated_cost numeric(10,4),
  actual_cost numeric(10,4), acceptance_criteria jsonb, files_in_scope jsonb, github_branch text,
  github_pr_number int, github_pr_url text, project_id uuid, metadata jsonb, created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(), completed_at timestamptz);
CREATE TABLE outcome_vectors (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), work_order_id uuid REFERENCES work_orders,
  success boolean NOT NULL, cost numeric(10,4), execution_time_ms int, model_used text, route_reason text,
  diff_size_lines int, failure_class failure_class, error_context jsonb, test_duration_ms int, metadata jsonb,
  created_at timestamptz DEFAULT now());
CREATE TABLE cost_tracking (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), service_name text, cost numeric(10,4),
  metadata jsonb, created_at timestamptz DEFAULT now());
CREATE TABLE escalations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), work_order_id uuid REFERENCES work_orders,
  trigger_type text NOT NULL CHECK (trigger_type IN ('proposer_exhausted', 'sentinel_hard_failure', 'budget_overrun',
    'conflicting_requirements', 'technical_blocker', 'contract_violation', 'aider_irreconcilable')),
  status text NOT NULL DEFAULT 'pending', context jsonb NOT NULL, resolution_notes text, failure_class failure_class,
  created_at timestamptz DEFAULT now());
CREATE TABLE system_config (key text PRIMARY KEY, value text NOT NULL, updated_at timestamptz DEFAULT now());
INSERT INTO system_config (key, value) VALUES ('routing_config', '{}'), ('budget_limits',
  '{"daily_soft_cap":50,"daily_hard_cap":100,"emergency_kill":200,"monthly_target":500,"monthly_hard_cap":1000}');
INSERT INTO work_orders (title, status) VALUES ('calm', 'pending'), ('ready', 'approved'), ('busy', 'in_progress'),
  ('over', 'completed');
INSERT INTO cost_tracking (service_name, cost) VALUES ('openai', 1.25), ('anthropic', 2.5);
INSERT INTO outcome_vectors (work_order_id, success, cost, model_used)
  SELECT id, true, 0.5, 'gpt-4o-mini' FROM work_orders WHERE title = 'over';
