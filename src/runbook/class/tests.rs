//! Tables of commands by their class.

use super::*;

mod wild;

fn told(source: &str) -> (Class, Risk, String) {
    let judged = judge("bash", source);
    (judged.class, judged.risk, judged.why.into_owned())
}

/// Each source is of this class, and its reason has these words.
fn table(class: Class, rows: &[(&str, &str)]) {
    for (source, words) in rows {
        let (found, _, why) = told(source);
        assert_eq!(found, class, "{source}: {why}");
        assert!(why.contains(words), "{source}: {why}");
        assert!(!why.contains('\n') && !why.is_empty(), "{source}: {why}");
    }
}

#[test]
fn what_only_reads_is_a_check() {
    table(
        Class::Check,
        &[
            ("curl -X GET http://localhost:8001/health", "GET"),
            ("curl -sS --max-time 5 -H \"X-API-Key: $AGENT_API_KEY\" http://x/wal/stats | jq .stats", "GET"),
            ("curl http://localhost:8082/health | jq '{\n  memory_rss_mb\n}'", ""),
            ("curl -I https://x", "HEAD"),
            ("curl -G -d a=b http://x/search", "GET"),
            ("curl -s -o /dev/null -w '%{http_code}' http://x", "GET"),
            ("redis-cli -u $REDIS_URL ping", "PING"),
            ("redis-cli -h h -p 1 --no-auth-warning INFO memory", "INFO"),
            ("redis-cli config get maxmemory", "CONFIG GET"),
            ("rq info --url $REDIS_URL", "rq info"),
            ("sudo systemctl status redis", "status"),
            ("journalctl -u the-worker -n 50", "journal"),
            ("journalctl -u a | grep -i \"rate limit\"", ""),
            ("docker logs the-worker --tail 50", "logs"),
            ("docker compose ps", "ps"),
            ("docker stats --no-stream w", "stats"),
            ("railway status --service redis", "status"),
            ("gh run list --workflow=ci.yml --limit 5", "list"),
            ("gcloud run services describe web --region us-central1", "describe"),
            ("aws ecs describe-services --cluster a", "describe"),
            ("vercel ls", "ls"),
            ("kubectl -n prod get pods", ""),
            ("git log --oneline -5", "git log"),
            ("psql $DATABASE_URL -c \"SELECT count(*) FROM pg_stat_activity;\"", "SELECT"),
            ("psql \"$DATABASE_URL\" -c '\\dt'", "describes"),
            ("free -h", "free"),
            ("ls /var/log 2>/dev/null && df -h; uptime", ""),
            ("npm outdated", "outdated"),
            ("sleep 5", "waits"),
            ("echo ok", "prints"),
            ("echo $AI_RATE_QPS", "need not be that of the service"),
            ("[ -n \"$AGENT_API_KEY\" ] && echo set", ""),
            ("echo ${AGENT_API_KEY:+set}", "prints"),
            ("timeout 10 tail -f /var/log/x", "ends"),
        ],
    );
}

#[test]
fn what_does_not_end_is_read_for_a_while() {
    for source in [
        "tail -f /var/log/the-api.log | grep \"x-ratelimit\"",
        "journalctl -fu redis",
        "docker logs --follow w",
        "docker stats the-worker",
        "kubectl logs -f pod/a",
        "railway logs --service worker",
        "redis-cli monitor",
        "ping 10.0.0.1",
    ] {
        let judged = judge("bash", source);
        assert!(judged.class == Class::Check && judged.time_boxed, "{source}: {}", judged.why);
        assert!(judged.why.contains("for a while"), "{source}: {}", judged.why);
    }
}

#[test]
fn what_changes_something_is_an_act_and_so_is_what_is_not_known() {
    table(
        Class::Act,
        &[
            ("sudo systemctl restart the-worker", "restart"),
            ("docker restart redis", "docker restart"),
            ("docker update --memory=2g the-worker", "docker update"),
            ("railway restart --service worker", "railway restart"),
            ("curl -X POST $SLACK_WEBHOOK_URL -d '{\"text\": \"x\"}'", "POST"),
            ("curl -XDELETE http://x/y", "DELETE"),
            ("curl --json '{}' http://x", "POST"),
            ("curl -d @body http://x", "POST"),
            ("curl \"http://localhost:8001/e2b/test?code=print('test')\"", "'test'"),
            ("curl http://x/scheduler/trigger-briefing", "'trigger'"),
            ("curl -o file http://x", "writes the file"),
            ("curl https://x/install.sh | bash", "not known"),
            ("gcloud run deploy web --source .", "may change"),
            ("gcloud run services update-traffic a --to-revisions LATEST=10  # 10% traffic", "may change"),
            ("gcloud frobnicate --service list", "may change"),
            ("aws ecs update-service --service describe", "may change"),
            ("mise run health-check", "unknown program mise"),
            ("pnpm run smoke -- --env staging", "may change"),
            ("./repair.sh", "not known"),
            ("frobnicate", "unknown program frobnicate"),
            ("pg_dump $DATABASE_URL > backup-$(date +%Y%m%d).sql", "copies the whole database out"),
            ("ls > out", "writes the file out"),
            ("find . -name x -exec touch {} \\;", "does something"),
            ("sed -i s/a/b/ f", "changes the file"),
            ("redis-cli keys '*'", "KEYS"),
            ("redis-cli set a b", "redis-cli set"),
            ("psql -f repair.sql", "all statements"),
            ("psql $U -c 'UPDATE t SET a = 1 WHERE b'", "UPDATE"),
            ("LD_PRELOAD=x ls", "environment"),
            ("ls $(rm x)", "takes something away"),
            ("if true; then ls; fi", "several commands"),
            ("sh -c 'systemctl stop a'", "stop"),
            ("bash -c \"$X\"", ""),
            ("xargs rm", "takes something away"),
            ("git checkout main", "git checkout"),
            ("git -c core.pager=evil log", "may change"),
            ("$CMD", "variable"),
        ],
    );
}

#[test]
fn what_takes_something_away_is_destructive() {
    for source in [
        "rm -rf /data",
        "redis-cli FLUSHALL",
        "docker volume prune -f",
        "kubectl delete pod a",
        "git push --force",
        "psql $U -c 'DROP TABLE t'",
        "curl -X DELETE http://x/y",
        "terraform destroy",
        "rq empty default",
        "psql $DATABASE_URL < backup.sql",
        "ls && rm a",
    ] {
        let (class, risk, why) = told(source);
        assert_eq!((class, risk), (Class::Act, Risk::Destructive), "{source}: {why}");
        assert!(why.contains("destructive"), "{source}: {why}");
    }
}

#[test]
fn what_prints_a_secret_is_never_run() {
    table(
        Class::Never,
        &[
            ("echo $SUPABASE_SERVICE_ROLE_KEY | head -c 20", "is SUPABASE_SERVICE_ROLE_KEY set, yes or no"),
            ("echo $SLACK_WEBHOOK_URL | head -c 30", "SLACK_WEBHOOK_URL"),
            ("echo \"key: ${E2B_API_KEY:0:8}\"", "E2B_API_KEY"),
            ("printf '%s' \"$DATABASE_URL\"", "DATABASE_URL"),
            ("echo $REGION | head -c 4", "REGION"),
            ("printenv", "environment"),
            ("printenv AGENT_API_KEY", "AGENT_API_KEY"),
            ("env | grep COMM_HMAC", "environment"),
            ("export -p", "environment"),
            ("set", "variables"),
            ("cat .env.production", "secrets"),
            ("grep KEY /app/.env", "secrets"),
            ("cat /proc/1/environ", "secrets"),
            ("docker inspect w", "environment"),
            ("docker compose config", "environment"),
            ("kubectl get secret a -o yaml", "secrets"),
            ("railway variables", "secrets"),
            ("vercel env pull", "secrets"),
            ("gcloud secrets versions access latest --secret=x", "secret"),
            ("gh auth token", "token"),
            ("openssl rand -base64 32", "new secret"),
            ("python -c \"import secrets; print(secrets.token_urlsafe(32))\"", "secret"),
            ("curl -v -H \"Authorization: Bearer $TOKEN\" http://x", "headers"),
            ("redis-cli config get requirepass", "password"),
            ("systemctl show a", "environment"),
            ("ls; echo $API_TOKEN", "API_TOKEN"),
            ("sudo -n env", "environment"),
            ("sh -c 'echo $API_TOKEN'", "API_TOKEN"),
        ],
    );
}

#[test]
fn what_never_ends_or_waits_for_a_person_is_never_run() {
    table(
        Class::Never,
        &[
            ("rq worker --url $REDIS_URL --name worker-2 &", "never ends"),
            ("rq worker default", "never ends"),
            ("watch -n 1 ls", "never ends"),
            ("while true; do ls; done", "loop"),
            ("sleep 100 &", "background"),
            ("psql $DATABASE_URL", "person"),
            ("redis-cli", "person"),
            ("docker exec -it a bash", "person"),
            ("top", "person"),
            ("sudo -i", "person"),
            ("less /var/log/x", "person"),
        ],
    );
}

#[test]
fn what_has_no_effect_or_needs_a_screen_is_for_hands() {
    table(
        Class::Manual,
        &[
            (
                "export CHECKPOINT_INTERVAL=50  # Default is 100",
                "CHECKPOINT_INTERVAL here has no effect on a running service",
            ),
            ("AI_RATE_QPS=5   # Requires higher API quota", "no effect"),
            ("export KEY=\"your-key\"", "no effect"),
            ("cd /app", "no effect"),
            ("source .venv/bin/activate", "no effect"),
            ("open https://status.supabase.com", "show https://status.supabase.com and copy it"),
            ("xdg-open http://x", "copy"),
            ("vim /etc/x", "editor"),
            ("metrics.getCounter(\"ai.rate_limit.denied\")", "no command"),
            ("# nothing", "nothing to run"),
        ],
    );
    assert_eq!(told("cd /app && npm run migrate").0, Class::Act);
    assert_eq!(told(&("sudo ".repeat(50_000) + "ls")).0, Class::Act);
}

#[test]
fn what_has_to_be_filled_in_asks_first_and_keeps_its_risk() {
    for (source, risk, words) in [
        (
            "gcloud run services update-traffic a \\\n  --to-revisions <PREVIOUS_REVISION>=100",
            Risk::Disruptive,
            "a shell would redirect",
        ),
        ("vercel rollback [deployment-url]", Risk::Disruptive, "asks for deployment-url"),
        ("gh run view [run-id] --log", Risk::Safe, "asks for run-id"),
        ("curl http://x/wal/stats -H \"X-API-Key: your-agent-api-key\"", Risk::Safe, "your-agent-api-key"),
        ("curl https://your-app.vercel.app/api/budget-status", Risk::Safe, "your-app"),
        ("rm backup-YYYY-MM-DD.sql", Risk::Destructive, "YYYY-MM-DD"),
    ] {
        let (class, found, why) = told(source);
        assert_eq!((class, found), (Class::NeedsInput, risk), "{source}: {why}");
        assert!(why.contains(words), "{source}: {why}");
    }
    assert_eq!(told("echo $API_KEY <x>").0, Class::Never);
}

#[test]
fn other_languages_are_to_read() {
    for (language, words) in
        [("python", "python is no shell"), ("json", "data"), ("", "no command"), ("markdown", "template")]
    {
        let judged = judge(language, "rm -rf /");
        assert_eq!(judged.class, Class::Manual);
        assert!(judged.why.contains(words), "{}", judged.why);
    }
    assert_eq!(judge("sql", "SELECT * FROM t WHERE id = '[work-order-id]'").class, Class::NeedsInput);
}
