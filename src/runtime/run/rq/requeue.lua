-- Puts failed jobs back at the end of their queue.
-- KEYS: failed registry, queue, set of queues; for each job its hash, dependents, dependencies.
-- ARGV: the time as rq writes it; the jobs.
local failed, queue, queues = KEYS[1], KEYS[2], KEYS[3]

-- While it waits it must not expire as a failed job would, unless it has a time to live in the queue.
local function keep(job, dependents, dependencies)
  local ttl = tonumber(call('HGET', job, 'ttl') or '')
  for _, key in ipairs({ job, dependents, dependencies }) do
    if ttl and ttl > 0 then
      call('EXPIRE', key, math.floor(ttl))
    else
      call('PERSIST', key)
    end
  end
end

return each(2, 3, 3, function(id, job, dependents, dependencies)
  if not call('ZSCORE', failed, id) then
    return 'gone'
  end
  if call('EXISTS', job) == 0 then
    call('ZREM', failed, id)
    return 'gone'
  end
  if call('HEXISTS', job, 'rate_limit_key') == 1 then
    return 'skipped it has a rate limit, so that only rq itself may queue it: rq requeue'
  end
  -- what a full or read-only server refuses comes first, and what would lose the job comes last
  call('SADD', queues, queue)
  call('RPUSH', queue, id)
  call('HSET', job, 'status', 'queued', 'enqueued_at', ARGV[1], 'started_at', '', 'ended_at', '')
  call('HDEL', job, 'exc_info')
  keep(job, dependents, dependencies)
  call('ZREM', failed, id)
  return 'done'
end)
