-- Suspends all workers for a time, unless somebody did so for longer. KEYS: suspended. ARGV: seconds.
-- Answers the milliseconds left of what is there, -1 where it has no end, -2 where it was done.
local left = redis.call('PTTL', KEYS[1])
if left == -1 or left > tonumber(ARGV[1]) * 1000 then
  return left
end
redis.call('SET', KEYS[1], '1', 'EX', ARGV[1])
return -2
