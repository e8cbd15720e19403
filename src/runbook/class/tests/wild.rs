//! Commands as they stand in runbooks of others: what prints a secret or never ends is not run, in whatever it is wrapped.

use super::judge;
use crate::runbook::document::Class;

fn each(class: Class, sources: &str) {
    let sources = sources.lines().map(str::trim).filter(|line| !line.is_empty());
    let judged = sources.map(|source| (source, judge("bash", source)));
    let off: Vec<_> = judged.filter(|(_, judged)| judged.class != class).map(|(s, judged)| (s, judged.why)).collect();
    assert!(off.is_empty(), "no {}: {off:#?}", class.word());
}

#[test]
fn files_with_secrets_are_shown_by_nothing() {
    each(
        Class::Never,
        r"cat < .env
        tr '\0' '\n' < /proc/1/environ
        xargs -0 -n1 < /proc/1234/environ
        cat ~/.aws/credentials
        sudo cat /etc/shadow
        cat ~/.kube/config
        cat ~/.docker/config.json
        cat /run/secrets/db
        cat /var/run/secrets/kubernetes.io/serviceaccount/token
        cat terraform.tfstate
        cat ~/.bash_history
        cat .envrc
        diff .env .env.bak
        od -c .env
        zcat .env.gz
        git show HEAD:.env
        git log -p -- .env
        cp .env /dev/stdout
        dd if=.env
        find . -name .env -exec cat {} \;
        find / -name '*.pem' | xargs cat
        jq . ~/.docker/config.json
        grep -e . .env",
    );
    each(
        Class::Check,
        "grep -i secret /var/log/app.log\njq .key x.json\nls -la .env\nwc -l .env\nstat /run/secrets/db",
    );
}

#[test]
fn what_runs_elsewhere_is_what_it_runs() {
    each(
        Class::Never,
        r#"docker exec web printenv
        docker exec -u app -w /x web env
        docker exec web cat /app/.env
        docker compose exec -T web sh -c 'echo $API_KEY'
        docker compose -f prod.yml exec web env
        docker run --rm --env-file .env img printenv
        kubectl exec deploy/web -- env
        kubectl exec -n prod web-0 -c app -- printenv DATABASE_URL
        kubectl exec -it web -- sh
        docker exec --interactive --tty web sh
        heroku run printenv
        heroku config:get API_KEY
        railway run env
        fly ssh console -C "printenv API_KEY"
        ssh prod env
        ssh deploy@10.0.0.4 'cat /app/.env'
        ssh prod
        ssh -N -L 1:x:1 prod
        su - app -c env
        runuser -u app -- env
        sudo -Eu app printenv
        chroot /x env
        npx supabase status
        doppler run -- env
        aws-vault exec prod -- env
        bash -lc 'printenv'
        eval env
        exec env"#,
    );
    each(
        Class::Check,
        "docker exec redis redis-cli ping\ndocker compose exec -T redis redis-cli ping\nkubectl exec redis-0 -- redis-cli ping
        ssh prod uptime\nssh -i key.pem deploy@10.0.0.4 'df -h'",
    );
    each(
        Class::Act,
        "docker exec web rm -r /x\nkubectl exec web -- kill 1\nssh prod 'systemctl restart web'\ndocker exec redis redis-cli flushall
        docker exec web ./repair.sh\nsu - app -c 'rm x'\nexec rm x\neval rm x",
    );
}

#[test]
fn what_tells_the_environment_or_a_key_is_never_run() {
    each(
        Class::Never,
        r#"env FOO=1
        env -u FOO
        printenv HOME SECRET_KEY
        declare -p API_KEY
        compgen -e
        echo "$JWT"
        echo $GITHUB_PAT
        echo ${!NAME}
        cat <<< "$API_KEY"
        grep . <<< "$DB_PASSWORD"
        jq -n env
        jq -n '$ENV.API_KEY'
        awk 'BEGIN{print ENVIRON["API_KEY"]}'
        perl -e 'print $ENV{API_KEY}'
        php -i
        python3 -c "print(open('.env').read())"
        bin/rails credentials:show
        kubectl get secret db --output=yaml
        kubectl get secrets -A -ojson
        kubectl -n prod get secret/db --template='{{.data.password}}'
        kubectl create token builder
        helm get values web
        terraform output -raw db_password
        sops -d x.yaml
        gpg -d secrets.gpg
        openssl rsa -in server.key
        aws ssm get-parameters-by-path --path /prod --with-decryption
        aws lambda get-function-configuration --function-name f
        az keyvault secret show --name x
        doppler secrets get API_KEY --plain
        docker inspect --format '{{json .Config}}' web
        docker inspect -f '{{json .}}' web
        docker service inspect web
        docker-compose -f prod.yml config
        http -v GET http://x Authorization:"Bearer $T"
        curl http://169.254.169.254/latest/meta-data/iam/security-credentials/role
        curl -X POST https://x/oauth2/token -d grant_type=client_credentials
        curl http://localhost:8080/actuator/env
        redis-cli acl list
        psql $U -tAc "select token from sessions limit 5""#,
    );
    let fed = judge("bash", "cat <<EOF\nkey=$API_KEY\nEOF");
    assert_eq!(fed.class, Class::Never, "{}", fed.why);
    let plain = judge("bash", "cat <<'EOF'\nkey=$API_KEY\nEOF");
    assert_eq!(plain.class, Class::Check, "{}", plain.why);
    each(
        Class::Check,
        r#"docker inspect -f '{{.State.Health.Status}}' web
        docker inspect --format='{{json .State}}' web
        docker compose config --services
        echo ${#API_KEY}
        openssl x509 -in a.pem -noout -dates
        vault status
        psql $U -tAc "SELECT pg_is_in_recovery()""#,
    );
}

#[test]
fn what_never_ends_is_boxed_or_never_run() {
    let sources = r"dmesg -w
        free -h -s 2
        mpstat -P ALL 1
        sudo tcpdump -ni any
        strace -fp 12
        mtr 8.8.8.8
        kubectl get pods --watch-only
        kubectl --kubeconfig x logs -f web
        kubectl port-forward svc/web 8080:80
        stern web
        docker attach web
        docker compose -f prod.yml logs -f
        docker --context prod logs -f web
        docker service logs -f web
        docker compose up
        npm run dev
        uvicorn main:app
        python -m http.server
        celery -A app worker
        bundle exec sidekiq
        gcloud beta logging tail
        redis-cli -r -1 -i 1 ping
        redis-cli blpop q 0
        psql -c 'select 1 \watch 2'
        sleep infinity
        cat /dev/urandom
        curl -sN http://x/events
        for ((;;)); do date; done
        rails console
        python manage.py shell
        kubectl edit deploy web
        git rebase -i HEAD~2
        ssh prod tail -f /var/log/x
        supervisorctl fg web";
    let mut off = Vec::new();
    for source in sources.lines().map(str::trim) {
        let judged = judge("bash", source);
        let boxed = judged.class == Class::Check && judged.time_boxed;
        if !boxed && judged.class != Class::Never {
            off.push((source, judged.class, judged.why));
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    each(
        Class::Check,
        "docker compose -f prod.yml ps\ndocker compose -f prod.yml logs web\nkubectl logs -lapp=front web\nvmstat 1 5
        mtr -r -c 5 db\nsleep 5\nfree -m\ndmesg -T\nnode --version\niptables -L -n\nkubectl wait --for=condition=ready pod/a",
    );
    for source in ["docker compose -f prod.yml logs web", "kubectl logs -lapp=front web", "vmstat 1 5"] {
        assert!(!judge("bash", source).time_boxed, "{source}");
    }
    let stays = judge("bash", "systemctl restart x; tail -f x");
    assert!(stays.class == Class::Act && stays.why.contains("never ends"), "{}", stays.why);
    assert_eq!(judge("bash", "sleep 300").class, Class::Manual);
}

#[test]
fn what_writes_is_no_check_however_small() {
    each(
        Class::Act,
        r#"curl -D headers.txt http://x
        curl -c jar http://x
        curl --trace f http://x
        wget -O- -o log http://x
        http --download http://x
        sed -n 'w out' f
        sed 's/a/b/e' f
        awk -i inplace '{print}' f
        awk -f prog x
        sort --compress-program=x f
        uniq a b
        git reflog expire
        git diff --ext-diff
        sysctl -p
        date 010100002027
        dmesg --clear
        source <(curl -s http://x)
        psql -o /tmp/out -c "select 1"
        psql $U -c "select 1 \gexec"
        docker compose down
        iptables -F"#,
    );
    let down = judge("bash", "docker compose down -v");
    assert!(down.why.contains("destructive"), "{}", down.why);
}
