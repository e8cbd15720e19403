-- Enqueues a new job: its hash and its id in the queue, or neither.
-- KEYS: hash, queue, set of queues. ARGV: the job; fields and values of its hash.
local job, queue, queues = KEYS[1], KEYS[2], KEYS[3]

return outcome(pcall(function()
  call('SADD', queues, queue)
  call('RPUSH', queue, ARGV[1])
  local said = redis.pcall('HSET', job, unpack(ARGV, 2))
  if type(said) == 'table' and said.err then
    call('LREM', queue, -1, ARGV[1])
    error({ words = said.err })
  end
  return 'done'
end))
