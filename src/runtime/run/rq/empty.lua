-- Deletes waiting jobs of one queue.
-- KEYS: queue; for each job its hash, results, dependents, dependencies. ARGV: the jobs.
local queue = KEYS[1]

return each(1, 1, 4, function(id, job, results, dependents, dependencies)
  if call('SCARD', dependents) > 0 then
    return 'skipped other jobs wait for it'
  end
  if call('HEXISTS', job, 'rate_limit_key') == 1 then
    return 'skipped it has a rate limit, so that only rq itself may delete it'
  end
  if call('LREM', queue, 1, id) == 0 then
    return 'gone'
  end
  call('DEL', job, results, dependents, dependencies)
  return 'done'
end)
