-- KEYS: what the run acted on. ARGV: who. Takes back its own, and nobody else's.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
