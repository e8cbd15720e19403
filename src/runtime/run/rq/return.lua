-- Puts jobs that a worker took and never started back at the head of their queue.
-- KEYS: intermediate list, queue, set of queues, started registry; for each job its hash, executions, first sight.
-- ARGV: the jobs, the next one first.
local taken, queue, queues, wip = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- The registry holds JOB (rq 1) or JOB:EXECUTION.
local running = {}
for _, member in ipairs(redis.call('ZRANGE', wip, 0, -1)) do
  local job, execution = string.match(member, '^(.+):(%x+)$')
  running[member] = true
  if job and #execution == 32 then
    running[job] = true
  end
end

return each(1, 4, 3, function(id, job, executions, seen)
  local status = call('HGET', job, 'status')
  if status and status ~= 'queued' then
    return 'skipped its status is ' .. status
  end
  if running[id] or call('ZCARD', executions) > 0 then
    return 'skipped a worker runs it'
  end
  if not status then
    call('LREM', taken, 1, id)
    return 'gone'
  end
  if not call('LPOS', taken, id) then
    return 'gone'
  end
  call('SADD', queues, queue)
  call('LPUSH', queue, id)
  call('LREM', taken, 1, id)
  -- rq fails a job that it first saw there long ago
  call('DEL', seen)
  return 'done'
end, true)
